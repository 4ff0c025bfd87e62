// A scenario as one line:
//   seed=7 latency=20 prove=300 drift=2000 peer=FIELDS… edge=FIELDS… NAME:wait:a:b:c:d[+]…
// Fields are numbers in the order of the struct; zeros at a step's end are left out, + says held.
#include "scenario.h"

#include <array>
#include <cstdlib>
#include <sstream>

namespace weft::sim {
namespace {

constexpr std::array<const char*, static_cast<size_t>(Act::kCount)> kNames{
    "put",  "whole", "scalar",  "long", "remove", "link", "unlink", "clear", "batch", "export",  "import", "restore", "crash",    "stop",
    "flush", "compact", "jump", "back", "up",     "down", "split",  "join",  "lose",  "repeat", "reorder", "delay",   "truncate", "flip"};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

int64_t read(const std::vector<std::string>& parts, size_t at) {
  return at < parts.size() ? std::strtoll(parts[at].c_str(), nullptr, 10) : 0;
}
uint32_t unsigned_at(const std::vector<std::string>& parts, size_t at) { return static_cast<uint32_t>(read(parts, at)); }

std::string text_of(const PeerSetting& p) {
  std::ostringstream out;
  out << p.present << ':' << p.node_writer << ':' << p.replace << ':' << p.reconcile << ':' << p.store_owner << ':' << p.window << ':'
      << p.compress_above << ':' << static_cast<int>(p.judge) << ':' << static_cast<int>(p.disk) << ':' << p.skew_ms << ':' << p.drift_ppm;
  return out.str();
}

PeerSetting peer_of(const std::vector<std::string>& f) {
  PeerSetting p;
  p.present = read(f, 0) != 0;
  p.node_writer = read(f, 1) != 0;
  p.replace = read(f, 2) != 0;
  p.reconcile = read(f, 3) != 0;
  p.store_owner = read(f, 4) != 0;
  p.window = unsigned_at(f, 5);
  p.compress_above = unsigned_at(f, 6);
  p.judge = static_cast<JudgeStyle>(read(f, 7));
  p.disk = static_cast<DiskStyle>(read(f, 8));
  p.skew_ms = static_cast<int32_t>(read(f, 9));
  p.drift_ppm = static_cast<int32_t>(read(f, 10));
  return p;
}

std::string text_of(const Step& s) {
  std::string out = act_name(s.act);
  std::array<uint32_t, 5> numbers{s.wait, s.a, s.b, s.c, s.d};
  size_t used = numbers.size();
  while (used > 0 && numbers[used - 1] == 0) --used;
  for (size_t i = 0; i < used; ++i) out += ':' + std::to_string(numbers[i]);
  return s.held ? out + '+' : out;
}

bool read_step(std::string text, Step& step) {
  step.held = !text.empty() && text.back() == '+';
  if (step.held) text.pop_back();
  const std::vector<std::string> f = split(text, ':');
  for (size_t i = 0; !f.empty() && i < kNames.size(); ++i) {
    if (f[0] != kNames[i]) continue;
    step.act = static_cast<Act>(i);
    step.wait = unsigned_at(f, 1);
    step.a = unsigned_at(f, 2);
    step.b = unsigned_at(f, 3);
    step.c = unsigned_at(f, 4);
    step.d = unsigned_at(f, 5);
    return true;
  }
  return false;
}

}  // namespace

const char* act_name(Act act) { return kNames[static_cast<size_t>(act)]; }

std::string to_line(const Scenario& s) {
  std::ostringstream out;
  out << "seed=" << s.seed << " latency=" << s.latency_ms << " prove=" << s.prove_after_ms << " drift=" << s.max_drift_ms;
  for (const PeerSetting& peer : s.peers) out << " peer=" << text_of(peer);
  for (const EdgeSetting& e : s.edges) out << " edge=" << e.a << ':' << e.b << ':' << e.tab << ':' << e.bridge;
  for (const Step& step : s.steps) out << ' ' << text_of(step);
  return out.str();
}

Result<Scenario> from_line(const std::string& line) {
  Scenario s;
  for (const std::string& word : split(line, ' ')) {
    if (word.empty()) continue;
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals), rest = equals == std::string::npos ? "" : word.substr(equals + 1);
    const std::vector<std::string> f = split(rest, ':');
    if (name == "seed") s.seed = std::strtoull(rest.c_str(), nullptr, 10);
    else if (name == "latency") s.latency_ms = unsigned_at(f, 0);
    else if (name == "prove") s.prove_after_ms = unsigned_at(f, 0);
    else if (name == "drift") s.max_drift_ms = unsigned_at(f, 0);
    else if (name == "peer") s.peers.push_back(peer_of(f));
    else if (name == "edge") s.edges.push_back({unsigned_at(f, 0), unsigned_at(f, 1), read(f, 2) != 0, read(f, 3) != 0});
    else if (Step step; read_step(word, step)) s.steps.push_back(step);
    else return make_error(Code::kMalformed, "no such word in a scenario: " + word);
  }
  if (s.peers.empty()) return make_error(Code::kMalformed, "a scenario without peers");
  return s;
}

}  // namespace weft::sim
