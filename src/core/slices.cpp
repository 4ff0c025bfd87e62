// The journal's snapshot in slices; a file's are in core/transfer.cpp. And whose slices are under way.
#include "core/slices.h"

#include "base/limits.h"
#include "core/replica_state.h"

namespace weft {
namespace {

// A row of the store, which is taken to the disk in one piece.
constexpr size_t kSliceBytes = size_t{640} << 10;

class SnapshotSlices : public Slices {
 public:
  SnapshotSlices(Operations live, JournalState state) : Slices(std::move(live)), state_(std::move(state)) {}

 protected:
  bool write(Buffer& out) override {
    if (out.empty()) out.reserve(kSliceBytes + kSliceBytes / 2);   // of what has grown beyond it, some libraries would give back
    if (!begun_) {
      append_header(out);
      append_state(out, state_);
      begun_ = true;
    }
    do {
      const Operations run = take(SIZE_MAX, limits::kRecordBytes);
      append_live(out, run, !live_.empty());
    } while (!live_.empty() && out.size() < kSliceBytes);
    return !live_.empty();
  }

 private:
  JournalState state_;
  bool begun_ = false;
};

}  // namespace

Operations Slices::take(size_t most, size_t bytes) {
  Operations taken;
  for (size_t so_far = 0; !live_.empty() && taken.size() < most; taken.push_back(live_.take())) {
    so_far += live_.front().bytes().size();
    if (!taken.empty() && so_far > bytes) break;
  }
  return taken;
}

std::unique_ptr<Slices> slice_snapshot(Operations live, JournalState state) {
  return std::make_unique<SnapshotSlices>(std::move(live), std::move(state));
}

uint32_t Replica::State::begin_slices(std::unique_ptr<Slices> slices) {
  slices_.emplace(next_slices_, std::move(slices));
  return next_slices_++;
}

Result<bool> Replica::State::next_slice(uint32_t number, Buffer& out) {
  const auto found = slices_.find(number);
  if (found == slices_.end()) return make_error(Code::kInvalidArgument, "no such state is on its way out", "slices");
  const bool more = found->second->next(out);
  if (!more) slices_.erase(found);
  return more;
}

size_t Replica::State::slices_left(uint32_t number) const {
  const auto found = slices_.find(number);
  return found == slices_.end() ? 0 : found->second->operations() - found->second->written();
}

}  // namespace weft
