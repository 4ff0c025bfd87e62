// Whole states as files.
//
//   file = "weft" [u8 version = 1] [deflated MessagePack array of the live operations, in stamp order]
#include <algorithm>

#include "base/deflate.h"
#include "base/limits.h"
#include "core/replica_state.h"

namespace weft {
namespace {

constexpr ByteView kMagicBytes = "weft";
constexpr char kFileVersion = 1;

Result<Operations> read_file(ByteView bytes) {
  const size_t head = kMagicBytes.size() + 1;
  if (bytes.size() < head || bytes.substr(0, kMagicBytes.size()) != kMagicBytes)
    return make_error(Code::kMalformed, "these bytes are no exported state", "bytes");
  if (bytes[kMagicBytes.size()] != kFileVersion)
    return make_error(Code::kUnsupportedVersion, "the state was exported by another version of weft", "bytes");
  bytes.remove_prefix(head);
  Result<Buffer> inflated = inflate(bytes, std::min(limits::kMaxMessageBytes, bytes.size() * limits::kMaxInflateRatio));
  if (!inflated) return inflated.error();
  FieldReader in(*inflated);
  Result<Operations> operations = in.operations();
  if (operations && !in.finished()) return make_error(Code::kMalformed, "bytes follow the state", "bytes");
  return operations;
}

}  // namespace

Buffer Replica::State::export_state() const {
  Buffer operations;
  pack_operations(operations, graph_.live_in_stamp_order());
  Buffer file(kMagicBytes);
  file += kFileVersion;
  file += deflate(operations);
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
  Graph file(options_.replica_id);
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
