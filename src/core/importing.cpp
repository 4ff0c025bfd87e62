// A file on its way in, a slice a turn: it is read whole and checked, then what a small one holds is applied in one step,
// and a large one is built aside (core/aside.h) like a full state. With a judge the whole of it is one ticket.
//
// Invariant: until all of it is applied nothing of it is.
#include "core/aside.h"
#include "core/replica_state.h"

namespace weft {

Result<uint32_t> Replica::State::begin_import(ByteView file) {
  if (Status checked = FileReader::check(file); !checked) return checked.error();
  const uint32_t number = next_ticket_++;
  imports_.emplace(number, std::make_unique<Importing>(Buffer(file)));
  return number;
}

Result<bool> Replica::State::next_import(uint32_t number) {
  const auto found = imports_.find(number);
  if (found == imports_.end()) return false;
  Importing& import = *found->second;
  if (import.staging.whole) return work(), true;
  Operations& operations = import.staging.full.operations;
  const size_t from = operations.size();
  Result<bool> read = import.reader.next(operations);
  if (!read) {
    imports_.erase(found);
    return read.error();
  }
  if (operations.size() > from) import.staging.runs.push_back({from, operations.size(), {}});
  if (*read) return true;
  if (!judge_ && operations.size() > options_.part_operations) return begin_applying(import);
  return finish_reading(number);
}

Result<bool> Replica::State::begin_applying(Importing& import) {
  import.staging.full.in_place = true;   // logged like single operations
  import.staging.whole = true;
  return true;
}

Result<bool> Replica::State::finish_reading(uint32_t number) {
  Message message;
  message.type = MessageType::kLive;
  message.operations = std::move(imports_.at(number)->staging.full.operations);
  imports_.erase(number);
  consider(0, std::move(message), number);
  return false;
}

// In thousandths; reading is the first half.
uint32_t Replica::State::import_progress(uint32_t number) const {
  const auto found = imports_.find(number);
  if (found == imports_.end()) return tickets_.count(number) != 0 ? 500 : 1000;
  const Importing& import = *found->second;
  if (!import.staging.whole) return static_cast<uint32_t>(500 * uint64_t{import.reader.bytes_read()} / (import.reader.bytes() + 1));
  if (!aside_ || aside_->import != number) return 500;
  const size_t all = aside_->ours.size() + import.staging.full.operations.size();
  const size_t runs = aside_->next_run, merged = runs == 0 ? 0 : import.staging.runs[runs - 1].to;
  return static_cast<uint32_t>(500 + 499 * uint64_t{aside_->next_ours + merged} / (all + 1));
}

void Replica::State::drop_import(uint32_t number) {
  if (aside_ && aside_->import == number) aside_.reset();
  if (tickets_.count(number) != 0) close_ticket(number);
  imports_.erase(number);
}

}  // namespace weft
