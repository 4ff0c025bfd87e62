#include "query/like.h"

namespace weft::query {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t character_size(ByteView text, size_t at) {
  size_t size = 1;
  while (at + size < text.size() && is_continuation(text[at + size])) ++size;
  return size;
}

// Consumes one element of the pattern other than `%` where the text has it. Text and pattern are
// UTF-8, so a byte of the pattern cannot match inside another character, and when a `%` was widened
// into one, `_` takes what is left of it: no more than had the `%` been shorter.
bool step(ByteView text, size_t& at, ByteView pattern, size_t& next) {
  if (at == text.size() || next == pattern.size()) return false;
  if (pattern[next] == '_') {
    at += character_size(text, at);
    ++next;
    return true;
  }
  const size_t escape = pattern[next] == '\\' ? 1 : 0;
  if (text[at] != pattern[next + escape]) return false;
  ++at;
  next += 1 + escape;
  return true;
}

}  // namespace

bool is_like_pattern(ByteView pattern) {
  for (size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i] == '\\' && ++i == pattern.size()) return false;
  return true;
}

Buffer literal_prefix(ByteView pattern) {
  Buffer prefix;
  for (size_t i = 0; i < pattern.size() && pattern[i] != '%' && pattern[i] != '_'; ++i) {
    if (pattern[i] == '\\') ++i;
    prefix += pattern[i];
  }
  return prefix;
}

// Greedy: only the latest `%` needs to be widened, as an earlier one took the first place that fits.
bool like(ByteView text, ByteView pattern) {
  size_t at = 0, next = 0;
  size_t run_at = 0, after_run = ByteView::npos;   // where the latest `%` ends, so far
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '%') {
      after_run = ++next;
      run_at = at;
    } else if (!step(text, at, pattern, next)) {
      if (after_run == ByteView::npos) return false;
      at = ++run_at;
      next = after_run;
    }
  }
  while (next < pattern.size() && pattern[next] == '%') ++next;
  return next == pattern.size();
}

}  // namespace weft::query
