// Feeds every file of tests/fuzz/corpus/<target>/ to its target, without a fuzzer: a part of the native tests.
// `fuzz_replay corpus` plays all; `fuzz_replay file…` those files, each named after its target's folder.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "targets.h"

namespace {

namespace fs = std::filesystem;
using Target = void (*)(weft::ByteView);

const std::map<std::string, Target> kTargets{
#define WEFT_X(name) {#name, weft::fuzz::name},
    WEFT_FUZZ_TARGETS(WEFT_X)
#undef WEFT_X
};

bool play(const fs::path& file) {
  const auto target = kTargets.find(fs::absolute(file).parent_path().filename().string());
  if (target == kTargets.end()) {
    std::fprintf(stderr, "%s lies in no target's folder\n", file.c_str());
    return false;
  }
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  target->second(bytes);
  return true;
}

// In order of name, so that the last line before a crash is the same every time.
bool play_all(const fs::path& corpus) {
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus))
    if (entry.is_regular_file()) files.insert(entry.path());
  std::map<std::string, size_t> played;
  for (const fs::path& file : files) {
    if (!play(file)) return false;
    ++played[file.parent_path().filename().string()];
  }
  for (const auto& target : kTargets) {
    if (played[target.first] > 0) continue;
    std::fprintf(stderr, "the target %s has no corpus\n", target.first.c_str());
    return false;
  }
  std::printf("%zu inputs, %zu targets\n", files.size(), kTargets.size());
  return true;
}

}  // namespace

int main(int count, char** words) {
  bool fine = count > 1;
  for (int i = 1; i < count; ++i) {
    std::printf("%s\n", words[i]);
    std::fflush(stdout);
    fine &= fs::is_directory(words[i]) ? play_all(words[i]) : play(words[i]);
  }
  return fine ? 0 : 1;
}
