#include "core/json_text.h"

namespace weft {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

std::string hex(uint64_t number) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[number >> shift & 15];
  return text;
}

std::string hex(ByteView bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<uint8_t>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void JsonText::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  separate();
  out_ += bracket;
  open_ += bracket == '{' ? '}' : ']';
  first_ = true;
  return *this;
}

JsonText& JsonText::end() {
  out_ += open_.back();
  open_.pop_back();
  first_ = false;
  return *this;
}

JsonText& JsonText::key(ByteView name) {
  separate();
  quote(name);
  out_ += ':';
  first_ = true;
  return *this;
}

JsonText& JsonText::raw(ByteView value) {
  separate();
  out_ += value;
  return *this;
}

JsonText& JsonText::text(ByteView value) {
  separate();
  quote(value);
  return *this;
}

JsonText& JsonText::number(uint64_t value) { return raw(std::to_string(value)); }
JsonText& JsonText::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonText& JsonText::null() { return raw("null"); }

void JsonText::quote(ByteView text) {
  out_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out_ += '\\';
    if (static_cast<uint8_t>(c) >= 0x20) {
      out_ += c;
      continue;
    }
    out_ += "\\u00";
    out_ += kDigits[c >> 4];
    out_ += kDigits[c & 15];
  }
  out_ += '"';
}

}  // namespace weft
