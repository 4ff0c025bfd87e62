#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "base/hash.h"
#include "base/pack_head.h"
#include "base/varint.h"
#include "log/column.h"
#include "value/value.h"

namespace weft {
namespace {

using Values = std::vector<ByteView>;

constexpr size_t kForms = 10;
constexpr size_t kNumberBytes = 8;
constexpr double kMaxSafeInteger = 9007199254740991;
// A dictionary pays when values come back often, and are longer than what names them.
constexpr size_t kLeastValues = 16, kLeastBytes = 3, kLeastUses = 4;
constexpr size_t kLeastShared = 3;   // texts that share less than this part with their neighbours deflate better whole

ColumnForm form_of(ByteView value) {
  const PackHead head = read_head(value);
  switch (head.form) {
    case Form::kInteger: return ColumnForm::kIntegers;
    case Form::kFloat: return ColumnForm::kNumbers;
    case Form::kString: return ColumnForm::kTexts;
    case Form::kExtension: return value[1] == 1 ? ColumnForm::kDates : ColumnForm::kAsIs;
    default: return ColumnForm::kAsIs;
  }
}

size_t bytes_of(const Values& values) {
  size_t size = 0;
  for (const ByteView value : values) size += value.size();
  return size;
}

void write_form(Buffer& out, ColumnForm form) { out.push_back(static_cast<char>(form)); }

void write_as_is(Buffer& out, const Values& values) {
  write_varint(out, bytes_of(values));
  for (const ByteView value : values) out.append(value);
}

// Plain or by steps, whichever is shorter.
void write_integers(Buffer& out, const std::vector<uint64_t>& numbers) {
  Buffer plain, steps;
  uint64_t last = 0;
  for (const uint64_t number : numbers) {
    write_varint(plain, fold_sign(number));
    write_varint(steps, fold_sign(number - last));
    last = number;
  }
  const bool stepped = steps.size() < plain.size();
  write_form(out, stepped ? ColumnForm::kSteps : ColumnForm::kIntegers);
  write_run(out, stepped ? steps : plain);
}

void write_integers(Buffer& out, const Values& values) {
  std::vector<uint64_t> numbers;
  for (const ByteView value : values) numbers.push_back(static_cast<uint64_t>(ValueView(value).integer()));
  write_integers(out, numbers);
}

void write_dates(Buffer& out, const Values& values) {
  Buffer steps;
  uint64_t last = 0;
  for (const ByteView value : values) {
    const uint64_t date = read_be(value.data() + 2, 8);
    write_varint(steps, fold_sign(date - last));
    last = date;
  }
  write_form(out, ColumnForm::kDates);
  write_run(out, steps);
}

uint64_t bits_of(double number) {
  uint64_t bits;
  std::memcpy(&bits, &number, kNumberBytes);
  return bits;
}

// Whether the number, bit for bit, is an integer divided by 10^digits. −0, NaN and infinities are none.
bool is_decimal(double number, uint8_t digits, int64_t& integer) {
  const double scaled = number * kPowersOfTen[digits];
  if (!(std::abs(scaled) <= kMaxSafeInteger)) return false;
  integer = static_cast<int64_t>(std::llround(scaled));
  return bits_of(static_cast<double>(integer) / kPowersOfTen[digits]) == bits_of(number);
}

// What a person types has few digits behind the point. False, and nothing is written: one of them has many.
bool write_decimals(Buffer& out, const std::vector<double>& numbers) {
  uint8_t digits = 1;
  int64_t integer;
  for (const double number : numbers)
    while (!is_decimal(number, digits, integer))
      if (++digits > kMaxDecimals) return false;
  std::vector<uint64_t> integers;
  for (const double number : numbers) {
    if (!is_decimal(number, digits, integer)) return false;
    integers.push_back(static_cast<uint64_t>(integer));
  }
  write_form(out, ColumnForm::kDecimals);
  out.push_back(static_cast<char>(digits));
  write_integers(out, integers);
  return true;
}

void write_numbers(Buffer& out, const Values& values) {
  std::vector<double> numbers;
  for (const ByteView value : values) numbers.push_back(ValueView(value).number());
  if (write_decimals(out, numbers)) return;
  Buffer planes(values.size() * kNumberBytes, '\0');
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t plane = 0; plane < kNumberBytes; ++plane)
      planes[plane * values.size() + i] = static_cast<char>(bits_of(numbers[i]) >> (56 - 8 * plane));
  write_form(out, ColumnForm::kNumbers);
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

bool write_lines(Buffer& out, const Values& texts) {
  Buffer lines;
  for (const ByteView text : texts) {
    if (text.find('\0') != ByteView::npos) return false;
    lines.append(text);
    lines.push_back('\0');
  }
  write_form(out, ColumnForm::kLines);
  write_run(out, lines);
  return true;
}

void write_texts(Buffer& out, const Values& values) {
  Values texts;
  Buffer fronts, ends, sizes, own;
  size_t all = 0;
  ByteView last;
  for (const ByteView value : values) {
    const ByteView text = texts.emplace_back(ValueView(value).text());
    const size_t front = shared_front(last, text);
    const size_t end = shared_end(last.substr(front), text.substr(front));
    const ByteView middle = text.substr(front, text.size() - front - end);
    write_varint(fronts, front);
    write_varint(ends, end);
    write_varint(sizes, middle.size());
    own.append(middle);
    all += text.size();
    last = text;
  }
  if ((all - own.size()) * kLeastShared < all && write_lines(out, texts)) return;
  write_form(out, ColumnForm::kTexts);
  for (const Buffer* run : {&fronts, &ends, &sizes, &own}) write_run(out, *run);
}

void write_plain(Buffer& out, ColumnForm form, const Values& values) {
  switch (form) {
    case ColumnForm::kIntegers: return write_integers(out, values);
    case ColumnForm::kNumbers: return write_numbers(out, values);
    case ColumnForm::kTexts: return write_texts(out, values);
    case ColumnForm::kDates: return write_dates(out, values);
    default: write_form(out, ColumnForm::kAsIs); return write_as_is(out, values);
  }
}

// Each form that occurs has a column of its own; integers among numbers are numbers.
void write_by_form(Buffer& out, const Values& values) {
  std::vector<ColumnForm> forms;
  bool seen[kForms] = {};
  const auto is_seen = [&seen](ColumnForm form) -> bool& { return seen[static_cast<size_t>(form)]; };
  for (const ByteView value : values) is_seen(forms.emplace_back(form_of(value))) = true;
  if (is_seen(ColumnForm::kNumbers) && is_seen(ColumnForm::kIntegers)) {
    std::replace(forms.begin(), forms.end(), ColumnForm::kIntegers, ColumnForm::kNumbers);
    is_seen(ColumnForm::kIntegers) = false;
  }
  uint8_t place[kForms] = {}, columns = 0;
  for (size_t form = 0; form < kForms; ++form)
    if (seen[form]) place[form] = columns++;
  if (columns <= 1) return write_plain(out, values.empty() ? ColumnForm::kAsIs : forms[0], values);
  write_form(out, ColumnForm::kMixed);
  out.push_back(static_cast<char>(columns));
  write_varint(out, forms.size());
  for (const ColumnForm form : forms) out.push_back(static_cast<char>(place[static_cast<size_t>(form)]));
  for (size_t form = 0; form < kForms; ++form) {
    if (!seen[form]) continue;
    Values of_form;
    for (size_t i = 0; i < values.size(); ++i)
      if (forms[i] == static_cast<ColumnForm>(form)) of_form.push_back(values[i]);
    write_plain(out, static_cast<ColumnForm>(form), of_form);
  }
}

struct Hash {
  size_t operator()(ByteView value) const { return static_cast<size_t>(hash_bytes(value, 0)); }
};

// Each different value once, in the order of their first coming, and for each value its entry. False: there are too many.
bool find_entries(const Values& values, Values& entries, std::vector<uint32_t>& places) {
  std::unordered_map<ByteView, uint32_t, Hash> known;
  for (const ByteView value : values) {
    const auto [found, fresh] = known.try_emplace(value, static_cast<uint32_t>(entries.size()));
    if (fresh) entries.push_back(value);
    places.push_back(found->second);
    if (entries.size() * kLeastUses > values.size()) return false;
  }
  return entries.size() <= 1 << 16;
}

void write_dictionary(Buffer& out, const Values& entries, const std::vector<uint32_t>& places) {
  write_form(out, ColumnForm::kDictionary);
  write_varint(out, entries.size());
  write_by_form(out, entries);
  const bool wide = entries.size() > 256;
  write_varint(out, places.size() * (wide ? 2 : 1));
  if (wide)
    for (const uint32_t place : places) out.push_back(static_cast<char>(place >> 8));
  for (const uint32_t place : places) out.push_back(static_cast<char>(place));
}

}  // namespace

void write_column(Buffer& out, const std::vector<ByteView>& values) {
  Values entries;
  std::vector<uint32_t> places;
  const bool may_pay = values.size() >= kLeastValues && bytes_of(values) > kLeastBytes * values.size();
  if (may_pay && find_entries(values, entries, places)) return write_dictionary(out, entries, places);
  write_by_form(out, values);
}

}  // namespace weft
