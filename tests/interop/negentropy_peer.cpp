// Our side of a reconciliation, driven by lines, so that a test in another language can be the other end
// (tests/js/interop). One request a line on stdin, one answer a line on stdout:
//   new BRANCHING FRAME_LIMIT    forgets all items                        → ok
//   item CLOCK ID                one more, ID as 64 hex digits            → ok
//   initiate                                                              → message
//   respond MESSAGE                                                       → message
//   proceed MESSAGE                                                       → message|-  HAVE,…|-  NEED,…|-
// Bytes are hex digits. What our side refuses is answered with "error CODE".
#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "sync/negentropy.h"

using namespace weft;

namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string hex(ByteView bytes) {
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

Buffer bytes_of(const std::string& text) {
  Buffer out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) out.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return out;
}

std::string list(const std::vector<negentropy::Id>& ids) {
  std::string out;
  for (const negentropy::Id& id : ids) {
    if (!out.empty()) out += ',';
    out += hex(ByteView(reinterpret_cast<const char*>(id.data()), id.size()));
  }
  return out.empty() ? "-" : out;
}

std::string refusal(const Error& error) { return std::string("error ") + code_name(error.code); }

class Peer {
 public:
  std::string answer(const std::string& line) {
    std::istringstream in(line);
    std::string word;
    in >> word;
    if (word == "new") return start(in);
    if (word == "item") return insert(in);
    std::string message;
    in >> message;
    if (word == "initiate") return hex(negentropy::initiate(tree_, settings_));
    if (word == "respond") return respond(bytes_of(message));
    if (word == "proceed") return proceed(bytes_of(message));
    return "error unknown request";
  }

 private:
  std::string start(std::istream& in) {
    tree_ = RangeTree();
    in >> settings_.branching >> settings_.frame_limit;
    return "ok";
  }

  std::string insert(std::istream& in) {
    RangeItem item;
    std::string id;
    in >> item.clock >> id;
    const Buffer digest = bytes_of(id);
    if (digest.size() != item.digest.size()) return "error an id of another length";
    std::copy(digest.begin(), digest.end(), item.digest.begin());
    return tree_.insert(item) ? "ok" : "error there already";
  }

  std::string respond(const Buffer& message) {
    const Result<Buffer> answer = negentropy::respond(tree_, settings_, message);
    return answer ? hex(*answer) : refusal(answer.error());
  }

  std::string proceed(const Buffer& message) {
    const auto progress = negentropy::proceed(tree_, settings_, message);
    if (!progress) return refusal(progress.error());
    return (progress->message ? hex(*progress->message) : "-") + " " + list(progress->have) + " " + list(progress->need);
  }

  RangeTree tree_;
  negentropy::Settings settings_;
};

}  // namespace

int main() {
  Peer peer;
  for (std::string line; std::getline(std::cin, line);) std::cout << peer.answer(line) << std::endl;
}
