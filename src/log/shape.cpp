#include "log/shape.h"

#include "base/pack.h"
#include "base/pack_head.h"
#include "base/varint.h"

namespace weft {
namespace {

// One value of a checked operation: of a nested one its whole, also that of an empty array.
bool take_value(ByteView& rest, ByteView& value) {
  Unpacker in(rest);
  if (!in.skip(&value)) return false;
  rest = in.rest();
  return true;
}

// Cuts checked bytes at their gaps.
class Cutter {
 public:
  Cutter(ByteView bytes, std::vector<Buffer>& texts) : rest_(bytes), texts_(texts) { texts_.emplace_back(); }

  void keep(size_t size) {
    texts_.back().append(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  void gap(size_t size) {
    rest_.remove_prefix(size);
    texts_.emplace_back();
  }
  // The values that follow; a map's names stay, what they name is cut.
  void values() {
    while (!rest_.empty() && texts_.size() <= Shape::kMaxGaps + 1) value();
  }

 private:
  void value() {
    const PackHead head = read_head(rest_);
    const bool empty = head.size == 0 && (head.form == Form::kArray || head.form == Form::kMap);
    if (head.form == Form::kMap && !empty) return map(head);
    if (empty) return keep(head.head);
    ByteView after = rest_, whole;
    take_value(after, whole);
    gap(whole.size());
  }
  void map(const PackHead& head) {
    keep(head.head);
    for (uint32_t i = 0; i < head.size; ++i) {
      const PackHead name = read_head(rest_);
      keep(name.head + size_t{name.size});
      value();
      if (texts_.size() > Shape::kMaxGaps + 1) return;
    }
  }

  ByteView rest_;
  std::vector<Buffer>& texts_;
};

constexpr size_t kBeforeStamp = 4;   // the array's head, the kind, the stamp's head

}  // namespace

void Shape::write(Buffer& out) const {
  write_varint(out, gaps());
  for (const Buffer& text : texts) write_run(out, text);
}

bool Shape::read(ByteView& rest) {
  uint64_t count;
  if (!read_varint(rest, count) || count == 0 || count >= rest.size()) return false;
  texts.clear();
  for (uint64_t i = 0; i <= count; ++i) {
    ByteView text;
    if (!read_run(rest, text)) return false;
    texts.emplace_back(text);
  }
  return true;
}

bool Shape::take(const Operation& operation) {
  texts.clear();
  if (!operation.author().empty()) return false;
  Cutter cutter(operation.bytes(), texts);
  cutter.keep(kBeforeStamp);
  cutter.gap(Stamp::kBytes);
  cutter.values();
  return gaps() <= kMaxGaps;
}

bool Shape::match(const Operation& operation, std::vector<ByteView>& values) const {
  ByteView rest = operation.bytes();
  const size_t before = values.size();
  const auto matched = [&] {
    if (rest.substr(0, kBeforeStamp) != texts[0]) return false;
    rest.remove_prefix(kBeforeStamp + Stamp::kBytes);
    for (size_t i = 1;; ++i) {
      const Buffer& text = texts[i];
      if (rest.substr(0, text.size()) != text) return false;
      rest.remove_prefix(text.size());
      if (i == texts.size() - 1) return rest.empty();
      const PackHead head = read_head(rest);
      ByteView value;
      if (head.form == Form::kMap || head.form == Form::kBroken) return false;
      if (head.form == Form::kArray) {
        if (!take_value(rest, value)) return false;
      } else {
        value = rest.substr(0, head.head + size_t{head.size});
        rest.remove_prefix(value.size());
      }
      values.push_back(value);
    }
  };
  if (matched()) return true;
  values.resize(before);
  return false;
}

}  // namespace weft
