#include "log/column.h"

#include <algorithm>
#include <cstring>

#include "base/pack.h"
#include "base/pack_head.h"
#include "base/varint.h"
#include "value/value.h"

namespace weft {
namespace {

enum ColumnForm : uint8_t { kAsIs, kIntegers, kSteps, kNumbers, kTexts, kDates, kMixed };

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;
constexpr size_t kNumberBytes = 8;

ColumnForm form_of(ByteView value) {
  const PackHead head = read_head(value);
  switch (head.form) {
    case Form::kInteger: return kIntegers;
    case Form::kFloat: return kNumbers;
    case Form::kString: return kTexts;
    case Form::kExtension: return value[1] == 1 ? kDates : kAsIs;
    default: return kAsIs;
  }
}

uint64_t integer_of(ByteView value) { return static_cast<uint64_t>(ValueView(value).integer()); }
uint64_t date_of(ByteView value) { return read_be(value.data() + 2, 8); }

void write_as_is(Buffer& out, const std::vector<ByteView>& values) {
  size_t size = 0;
  for (const ByteView value : values) size += value.size();
  write_varint(out, size);
  for (const ByteView value : values) out.append(value);
}

// Plain or by steps, whichever is shorter.
void write_integers(Buffer& out, const std::vector<ByteView>& values) {
  Buffer plain, steps;
  uint64_t last = 0;
  for (const ByteView value : values) {
    const uint64_t number = integer_of(value);
    write_varint(plain, fold_sign(number));
    write_varint(steps, fold_sign(number - last));
    last = number;
  }
  const bool stepped = steps.size() < plain.size();
  out.push_back(stepped ? kSteps : kIntegers);
  write_run(out, stepped ? steps : plain);
}

void write_dates(Buffer& out, const std::vector<ByteView>& values) {
  Buffer steps;
  uint64_t last = 0;
  for (const ByteView value : values) {
    write_varint(steps, fold_sign(date_of(value) - last));
    last = date_of(value);
  }
  write_run(out, steps);
}

void write_numbers(Buffer& out, const std::vector<ByteView>& values) {
  Buffer planes(values.size() * kNumberBytes, '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    const double number = ValueView(values[i]).number();
    uint64_t bits;
    std::memcpy(&bits, &number, kNumberBytes);
    for (size_t plane = 0; plane < kNumberBytes; ++plane)
      planes[plane * values.size() + i] = static_cast<char>(bits >> (56 - 8 * plane));
  }
  write_run(out, planes);
}

size_t shared_front(ByteView a, ByteView b) {
  const size_t most = std::min(a.size(), b.size());
  size_t size = 0;
  while (size < most && a[size] == b[size]) ++size;
  return size;
}

size_t shared_end(ByteView a, ByteView b) {
  const size_t most = std::min(a.size(), b.size());
  size_t size = 0;
  while (size < most && a[a.size() - 1 - size] == b[b.size() - 1 - size]) ++size;
  return size;
}

void write_texts(Buffer& out, const std::vector<ByteView>& values) {
  Buffer fronts, ends, sizes, own;
  ByteView last;
  for (const ByteView value : values) {
    const ByteView text = ValueView(value).text();
    const size_t front = shared_front(last, text);
    const size_t end = shared_end(last.substr(front), text.substr(front));
    const ByteView middle = text.substr(front, text.size() - front - end);
    write_varint(fronts, front);
    write_varint(ends, end);
    write_varint(sizes, middle.size());
    own.append(middle);
    last = text;
  }
  for (const Buffer* run : {&fronts, &ends, &sizes, &own}) write_run(out, *run);
}

void write_plain(Buffer& out, ColumnForm form, const std::vector<ByteView>& values) {
  if (form == kIntegers) return write_integers(out, values);
  out.push_back(static_cast<char>(form));
  switch (form) {
    case kNumbers: return write_numbers(out, values);
    case kTexts: return write_texts(out, values);
    case kDates: return write_dates(out, values);
    default: return write_as_is(out, values);
  }
}

// A safe integer is encoded as one; everything else of a float 64 stays one, −0 among it.
void append_number(Buffer& out, uint64_t bits) {
  double number;
  std::memcpy(&number, &bits, kNumberBytes);
  const bool safe = number >= -static_cast<double>(kMaxSafeInteger) && number <= static_cast<double>(kMaxSafeInteger);
  const bool integral = safe && static_cast<double>(static_cast<int64_t>(number)) == number && bits != uint64_t{1} << 63;
  if (integral) return pack_int(out, static_cast<int64_t>(number));
  char bytes[1 + kNumberBytes] = {'\xcb'};
  for (size_t i = 0; i < kNumberBytes; ++i) bytes[1 + i] = static_cast<char>(bits >> (56 - 8 * i));
  out.append(bytes, sizeof bytes);
}

void append_date(Buffer& out, uint64_t ms) {
  char bytes[10] = {'\xd7', 1};
  for (size_t i = 0; i < 8; ++i) bytes[2 + i] = static_cast<char>(ms >> (56 - 8 * i));
  out.append(bytes, sizeof bytes);
}

}  // namespace

void write_column(Buffer& out, const std::vector<ByteView>& values) {
  std::vector<uint8_t> forms(values.size());
  bool seen[kMixed] = {};
  for (size_t i = 0; i < values.size(); ++i) seen[forms[i] = form_of(values[i])] = true;
  if (seen[kNumbers] && seen[kIntegers]) {   // one column of numbers
    std::replace(forms.begin(), forms.end(), uint8_t{kIntegers}, uint8_t{kNumbers});
    seen[kIntegers] = false;
  }
  uint8_t place[kMixed] = {}, columns = 0;
  for (uint8_t form = 0; form < kMixed; ++form)
    if (seen[form]) place[form] = columns++;
  if (columns <= 1) return write_plain(out, values.empty() ? kAsIs : static_cast<ColumnForm>(forms[0]), values);
  out.push_back(kMixed);
  out.push_back(static_cast<char>(columns));
  write_varint(out, forms.size());
  for (const uint8_t form : forms) out.push_back(static_cast<char>(place[form]));
  std::vector<ByteView> of_form;
  for (uint8_t form = 0; form < kMixed; ++form) {
    if (!seen[form]) continue;
    of_form.clear();
    for (size_t i = 0; i < values.size(); ++i)
      if (forms[i] == form) of_form.push_back(values[i]);
    write_plain(out, static_cast<ColumnForm>(form), of_form);
  }
}

bool ColumnReader::open(ByteView& rest, size_t count) {
  if (rest.empty()) return false;
  const auto form = static_cast<uint8_t>(rest[0]);
  rest.remove_prefix(1);
  if (form != kMixed) return open_plain(rest, form, count);
  form_ = form, count_ = count;
  if (rest.empty()) return false;
  const auto columns = static_cast<uint8_t>(rest[0]);
  rest.remove_prefix(1);
  if (columns > kMixed || !read_run(rest, run_) || run_.size() != count) return false;
  size_t of_part[kMixed] = {};
  for (const char choice : run_) {
    if (static_cast<uint8_t>(choice) >= columns) return false;
    ++of_part[static_cast<uint8_t>(choice)];
  }
  parts_.resize(columns);
  for (uint8_t i = 0; i < columns; ++i) {
    if (rest.empty()) return false;
    const auto part = static_cast<uint8_t>(rest[0]);
    rest.remove_prefix(1);
    if (!parts_[i].open_plain(rest, part, of_part[i])) return false;
  }
  return true;
}

bool ColumnReader::open_plain(ByteView& rest, uint8_t form, size_t count) {
  if (form >= kMixed) return false;
  form_ = form, count_ = count;
  if (form == kTexts && !(read_run(rest, shared_front_) && read_run(rest, shared_end_) && read_run(rest, own_sizes_))) return false;
  return read_run(rest, run_) && (form != kNumbers || run_.size() == count * kNumberBytes);
}

bool ColumnReader::next(Buffer& out, size_t most) {
  if (taken_ == count_) return false;
  ++taken_;
  switch (form_) {
    case kAsIs: {
      Unpacker in(run_);
      ByteView value;
      if (!in.skip(&value) || value.size() > most) return false;
      out.append(value);
      run_ = in.rest();
      return true;
    }
    case kNumbers: return next_number(out);
    case kTexts: return next_text(out, most);
    case kMixed: return parts_[static_cast<uint8_t>(run_[taken_ - 1])].next(out, most);
    default: return next_integer(out);
  }
}

bool ColumnReader::next_integer(Buffer& out) {
  uint64_t folded;
  if (!read_varint(run_, folded)) return false;
  last_ = unfold_sign(folded) + (form_ == kIntegers ? 0 : last_);
  if (form_ == kDates) append_date(out, last_);
  else pack_int(out, static_cast<int64_t>(last_));
  return true;
}

bool ColumnReader::next_number(Buffer& out) {
  uint64_t bits = 0;
  for (size_t plane = 0; plane < kNumberBytes; ++plane)
    bits = bits << 8 | static_cast<uint8_t>(run_[plane * count_ + taken_ - 1]);
  append_number(out, bits);
  return true;
}

bool ColumnReader::next_text(Buffer& out, size_t most) {
  uint64_t front, end, own;
  if (!read_varint(shared_front_, front) || !read_varint(shared_end_, end) || !read_varint(own_sizes_, own)) return false;
  if (front > text_.size() || end > text_.size() - front || own > run_.size() || front + end + own > most) return false;
  text_.replace(front, text_.size() - front - end, run_.substr(0, own));
  run_.remove_prefix(own);
  pack_str(out, text_);
  return true;
}

bool ColumnReader::finished() const {
  if (taken_ != count_) return false;
  if (form_ == kMixed) return std::all_of(parts_.begin(), parts_.end(), [](const ColumnReader& part) { return part.finished(); });
  if (form_ == kNumbers) return true;
  return run_.empty() && shared_front_.empty() && shared_end_.empty() && own_sizes_.empty();
}

}  // namespace weft
