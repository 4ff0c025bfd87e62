// Whole states as files.
//
//   file = "weft" [u8 version = 2] [deflated: the live operations in stamp order, packed (log/columns.h) in runs
//          of limits::kPartOperations, fewer where they pass limits::kPartBytes, each behind its length as a varint]
//   version 1, still read: [deflated MessagePack array of the operations]
#include "base/limits.h"
#include "base/varint.h"
#include "core/file_reader.h"
#include "core/replica_state.h"
#include "core/slices.h"
#include "log/columns.h"

namespace weft {
namespace {

// Packs a run in one turn, and deflates it in the next ones.
class FileSlices : public Slices {
 public:
  explicit FileSlices(Operations live) : Slices(std::move(live)) {}

 protected:
  bool write(Buffer& out) override {
    if (!begun_) {
      out += kFileMagic;
      out += kFileVersion;
      begun_ = true;
    }
    if (at_ < packed_.size()) {
      const ByteView piece = ByteView(packed_).substr(at_, kDeflated);
      at_ += piece.size();
      deflater_.add(piece, out);
      return true;
    }
    if (live_.empty()) {
      deflater_.add({}, out, true);
      return false;
    }
    const Operations run = take(limits::kPartOperations, limits::kPartBytes);
    packed_.clear();
    at_ = 0;
    write_run(packed_, pack_columns(run, 0, run.size()));
    return true;
  }

 private:
  static constexpr size_t kDeflated = size_t{128} << 10;   // in one turn
  Deflater deflater_;
  Buffer packed_;         // the run that is being deflated, from at_ on
  size_t at_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Slices> slice_file(Operations live) { return std::make_unique<FileSlices>(std::move(live)); }

Buffer Replica::State::export_state() const {
  const std::unique_ptr<Slices> slices = slice_file(graph_.live_in_any_order());
  Buffer file;
  while (slices->next(file)) {}
  return file;
}

Result<uint32_t> Replica::State::import_state(ByteView bytes) {
  Result<Operations> operations = read_file(bytes);
  if (!operations) return operations.error();
  Message message;
  message.type = MessageType::kLive;
  message.operations = std::move(*operations);
  return consider(0, std::move(message));
}

// The file's graph is built aside, then written here as a user would write it.
Result<uint64_t> Replica::State::restore(ByteView bytes) {
  Result<Operations> operations = read_file(bytes);
  if (!operations) return operations.error();
  Graph file(options_.hash_seed);
  for (const OperationRef& operation : *operations) file.apply(operation, nullptr);
  uint64_t written = 0;
  file.for_each_node([&](const Node& node) {
    const ByteView value = file.value_view(node, scratch_);
    written += write(graph_.plan_put(file.id(node), value, options_.node_writer, clock_.now(wall_ms_)));
  });
  file.for_each_node([&](const Node& node) {
    file.for_each_link(file.id(node), Direction::kOut, std::nullopt, [&](const LinkView& link) {
      Result<OperationRef> planned =
          graph_.plan_link(link.source, link.label, link.target, link.value, clock_.now(wall_ms_));
      WEFT_CHECK(planned.ok());  // both ends were just written
      written += write(std::move(*planned));
    });
  });
  return written;
}

}  // namespace weft
