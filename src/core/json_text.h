// JSON text for status: written front to back, commas put where they belong. Also hexadecimal.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace weft {

std::string hex(uint64_t number);          // 16 digits
std::string hex(ByteView bytes);

class JsonText {
 public:
  JsonText& object() { return open('{'); }
  JsonText& array() { return open('['); }
  JsonText& end();                          // of the innermost object or array
  JsonText& key(ByteView name);             // then a value, object() or array()
  JsonText& text(ByteView value);
  JsonText& number(uint64_t value);
  JsonText& boolean(bool value);
  JsonText& null();
  JsonText& number(ByteView name, uint64_t value) { return key(name).number(value); }
  JsonText& text(ByteView name, ByteView value) { return key(name).text(value); }
  Buffer take() { return std::move(out_); }

 private:
  JsonText& open(char bracket);
  JsonText& raw(ByteView value);
  void separate();
  void quote(ByteView text);
  Buffer out_, open_;                       // open_: the closing brackets still due
  bool first_ = true;                       // no comma before what comes next
};

}  // namespace weft
