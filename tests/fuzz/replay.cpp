// Feeds every file of tests/fuzz/corpus/<target>/ to its target, and then random edits of them: fuzzing without a
// fuzzer, a part of the native tests. The edits are the same in every run.
//   fuzz_replay corpus                      all of them, as they are
//   fuzz_replay corpus --mutations N DIR    and N edits for each target; DIR/<target>/mutated is the one under way,
//                                           so that it is there when the program died of it
//   fuzz_replay file…                       these, each named after its target's folder
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "mutate.h"
#include "targets.h"

namespace {

namespace fs = std::filesystem;
using weft::Buffer;
using Target = void (*)(weft::ByteView);
using Corpora = std::map<std::string, std::vector<Buffer>>;   // by target

const std::map<std::string, Target> kTargets{
#define WEFT_X(name) {#name, weft::fuzz::name},
    WEFT_FUZZ_TARGETS(WEFT_X)
#undef WEFT_X
};

Buffer read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool play(const fs::path& file) {
  const auto target = kTargets.find(fs::absolute(file).parent_path().filename().string());
  if (target == kTargets.end()) {
    std::fprintf(stderr, "%s lies in no target's folder\n", file.c_str());
    return false;
  }
  target->second(read(file));
  return true;
}

// In order of name: edits are the same in every run.
Corpora read_all(const fs::path& corpus) {
  std::map<fs::path, Buffer> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus))
    if (entry.is_regular_file()) files[entry.path()] = read(entry.path());
  Corpora found;
  for (const auto& [path, bytes] : files) found[path.parent_path().filename().string()].push_back(bytes);
  return found;
}

bool play_all(const Corpora& corpora) {
  size_t played = 0;
  for (const auto& [name, target] : kTargets) {
    const auto corpus = corpora.find(name);
    if (corpus == corpora.end()) {
      std::fprintf(stderr, "the target %s has no corpus\n", name.c_str());
      return false;
    }
    for (const Buffer& bytes : corpus->second) target(bytes), ++played;
  }
  std::printf("%zu inputs, %zu targets\n", played, kTargets.size());
  return true;
}

void mutate(const std::string& name, const std::vector<Buffer>& corpus, size_t count, const fs::path& folder) {
  const fs::path under_way = folder / name / "mutated";
  fs::create_directories(under_way.parent_path());
  std::printf("%s: %zu mutations; when this is the last line, %s ended it\n", name.c_str(), count, under_way.c_str());
  std::fflush(stdout);
  weft::fuzz::Random random(1);
  for (size_t i = 0; i < count; ++i) {
    const Buffer& one = corpus[weft::fuzz::below(random, corpus.size())];
    const Buffer& other = corpus[weft::fuzz::below(random, corpus.size())];
    const Buffer bytes = weft::fuzz::mutated(one, other, random);
    std::ofstream(under_way, std::ios::binary) << bytes;
    kTargets.at(name)(bytes);
  }
  fs::remove(under_way);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> args(words + 1, words + count);
  if (args.empty()) return 1;
  if (!fs::is_directory(args[0])) {
    bool fine = true;
    for (const std::string& file : args) {
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);
      fine &= play(file);
    }
    return fine ? 0 : 1;
  }
  const Corpora corpora = read_all(args[0]);
  if (!play_all(corpora)) return 1;
  if (args.size() == 4 && args[1] == "--mutations")
    for (const auto& [name, target] : kTargets)
      mutate(name, corpora.at(name), static_cast<size_t>(std::atoll(args[2].c_str())), args[3]);
  return 0;
}
