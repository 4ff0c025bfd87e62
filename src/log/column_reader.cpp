#include <algorithm>
#include <cstring>

#include "base/pack.h"
#include "base/varint.h"
#include "log/column.h"

namespace weft {
namespace {

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;
constexpr size_t kNumberBytes = 8, kMixedColumns = 6, kNarrowEntries = 256, kWideEntries = 1 << 16;

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

void append_decimal(Buffer& out, int64_t integer, uint8_t digits) {
  const double number = static_cast<double>(integer) / kPowersOfTen[digits];
  uint64_t bits;
  std::memcpy(&bits, &number, kNumberBytes);
  append_number(out, bits);
}

void append_date(Buffer& out, uint64_t ms) {
  char bytes[10] = {'\xd7', 1};
  for (size_t i = 0; i < 8; ++i) bytes[2 + i] = static_cast<char>(ms >> (56 - 8 * i));
  out.append(bytes, sizeof bytes);
}

bool take_byte(ByteView& rest, uint8_t& byte) {
  if (rest.empty()) return false;
  byte = static_cast<uint8_t>(rest[0]);
  rest.remove_prefix(1);
  return true;
}

}  // namespace

bool ColumnReader::open(ByteView& rest, size_t count, size_t& room) {
  if (!open_form(rest, count)) return false;
  switch (form_) {
    case ColumnForm::kMixed: return open_mixed(rest);
    case ColumnForm::kDictionary: return open_dictionary(rest, room);
    default: return open_plain(rest, count);
  }
}

bool ColumnReader::open_form(ByteView& rest, size_t count) {
  uint8_t form;
  if (!take_byte(rest, form) || form > static_cast<uint8_t>(ColumnForm::kLines)) return false;
  form_ = static_cast<ColumnForm>(form);
  count_ = count;
  return true;
}

bool ColumnReader::open_plain(ByteView& rest, size_t count) {
  switch (form_) {
    case ColumnForm::kMixed:
    case ColumnForm::kDictionary: return false;   // not within another
    case ColumnForm::kDecimals: return open_decimals(rest);
    case ColumnForm::kTexts: return read_run(rest, shared_front_) && read_run(rest, shared_end_) && read_run(rest, own_sizes_) && read_run(rest, run_);
    case ColumnForm::kNumbers: return read_run(rest, run_) && run_.size() == count * kNumberBytes;
    default: return read_run(rest, run_);
  }
}

bool ColumnReader::open_mixed(ByteView& rest) {
  uint8_t columns;
  if (!take_byte(rest, columns) || columns > kMixedColumns || !read_run(rest, run_) || run_.size() != count_) return false;
  size_t of_part[kMixedColumns] = {};
  for (const char choice : run_) {
    if (static_cast<uint8_t>(choice) >= columns) return false;
    ++of_part[static_cast<uint8_t>(choice)];
  }
  parts_.resize(columns);
  for (uint8_t i = 0; i < columns; ++i)
    if (!parts_[i].open_form(rest, of_part[i]) || !parts_[i].open_plain(rest, of_part[i])) return false;
  return true;
}

bool ColumnReader::open_decimals(ByteView& rest) {
  uint8_t form;
  if (!take_byte(rest, digits_) || digits_ == 0 || digits_ > kMaxDecimals || !take_byte(rest, form)) return false;
  form_ = static_cast<ColumnForm>(form);   // and digits_, which only decimals have
  return (form_ == ColumnForm::kIntegers || form_ == ColumnForm::kSteps) && read_run(rest, run_);
}

bool ColumnReader::open_dictionary(ByteView& rest, size_t& room) {
  uint64_t entries;
  if (!read_varint(rest, entries) || entries > std::min(count_, kWideEntries)) return false;
  const auto size = static_cast<size_t>(entries);
  ColumnReader column;
  if (!column.open_form(rest, size) || column.form_ == ColumnForm::kDictionary) return false;
  if (!(column.form_ == ColumnForm::kMixed ? column.open_mixed(rest) : column.open_plain(rest, size))) return false;
  return read_entries(column, size, room) && read_run(rest, run_) && run_.size() == count_ * (size > kNarrowEntries ? 2 : 1);
}

bool ColumnReader::read_entries(ColumnReader& column, size_t entries, size_t& room) {
  for (size_t i = 0; i < entries; ++i) {
    const size_t before = text_.size();
    if (!column.next(text_, room)) return false;
    const size_t size = text_.size() - before;
    if (size > room) return false;
    room -= size;
    ends_.push_back(text_.size());
  }
  return column.finished();
}

bool ColumnReader::next(Buffer& out, size_t most) {
  if (taken_ == count_) return false;
  ++taken_;
  switch (form_) {
    case ColumnForm::kAsIs: return next_as_is(out, most);
    case ColumnForm::kNumbers: return next_number(out);
    case ColumnForm::kTexts: return next_text(out, most);
    case ColumnForm::kLines: return next_line(out, most);
    case ColumnForm::kMixed: return parts_[static_cast<uint8_t>(run_[taken_ - 1])].next(out, most);
    case ColumnForm::kDictionary: return next_entry(out, most);
    default: return next_integer(out);
  }
}

bool ColumnReader::next_as_is(Buffer& out, size_t most) {
  Unpacker in(run_);
  ByteView value;
  if (!in.skip(&value) || value.size() > most) return false;
  out.append(value);
  run_ = in.rest();
  return true;
}

bool ColumnReader::next_integer(Buffer& out) {
  uint64_t folded;
  if (!read_varint(run_, folded)) return false;
  last_ = unfold_sign(folded) + (form_ == ColumnForm::kIntegers ? 0 : last_);
  if (form_ == ColumnForm::kDates) append_date(out, last_);
  else if (digits_ > 0) append_decimal(out, static_cast<int64_t>(last_), digits_);
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

bool ColumnReader::next_line(Buffer& out, size_t most) {
  const size_t size = run_.find('\0');
  if (size == ByteView::npos || size > most) return false;
  pack_str(out, run_.substr(0, size));
  run_.remove_prefix(size + 1);
  return true;
}

bool ColumnReader::next_entry(Buffer& out, size_t most) {
  size_t entry = static_cast<uint8_t>(run_[run_.size() - count_ + taken_ - 1]);
  if (run_.size() > count_) entry |= size_t{static_cast<uint8_t>(run_[taken_ - 1])} << 8;
  if (entry >= ends_.size()) return false;
  const size_t begin = entry == 0 ? 0 : ends_[entry - 1];
  if (ends_[entry] - begin > most) return false;
  out.append(text_, begin, ends_[entry] - begin);
  return true;
}

bool ColumnReader::finished() const {
  if (taken_ != count_) return false;
  switch (form_) {
    case ColumnForm::kMixed: return std::all_of(parts_.begin(), parts_.end(), [](const ColumnReader& part) { return part.finished(); });
    case ColumnForm::kNumbers:
    case ColumnForm::kDictionary: return true;
    default: return run_.empty() && shared_front_.empty() && shared_end_.empty() && own_sizes_.empty();
  }
}

}  // namespace weft
