#include "disk.h"

#include <algorithm>

#include "base/result.h"
#include "store/journal_format.h"

namespace weft::sim {
namespace {

// Whether a record of the chunk makes what came before void.
bool begins_anew(ByteView chunk) {
  for (size_t at = 0; at + kFrameHead < chunk.size();) {
    const auto type = static_cast<RecordType>(chunk[at + kFrameHead]);
    if (type == RecordType::kReset || type == RecordType::kState) return true;
    at += kFrameHead + read_u32(chunk.data() + at);
  }
  return false;
}

}  // namespace

void Disk::append(ByteView chunk) {
  bytes_ += chunk;
  ends_.push_back(bytes_.size());
}

void Disk::replace(Buffer journal) {
  bytes_ = std::move(journal);
  ends_.assign(1, bytes_.size());
  flush();
}

void Disk::crash(uint32_t kept) {
  const size_t left = flushed_ + (bytes_.size() - flushed_) * std::min(kept, 1000u) / 1000;
  bytes_.resize(left);
  while (!ends_.empty() && ends_.back() > left) ends_.pop_back();
  if (left > (ends_.empty() ? 0 : ends_.back())) ends_.push_back(left);   // a torn one
  flush();
}

void Disk::wipe() { *this = Disk(); }

Journal read_journal(ByteView chunk) {
  JournalReader reader;
  Buffer journal_of_one;
  append_header(journal_of_one);
  const Status fed = reader.feed(journal_of_one += chunk);
  WEFT_CHECK(fed.ok());
  Result<Journal> journal = reader.finish();
  WEFT_CHECK(journal.ok());
  return std::move(*journal);
}

Graph Disk::says() const {
  Graph graph;
  size_t from = 0;
  for (const size_t end : ends_) {
    const ByteView chunk = ByteView(bytes_).substr(from, end - from);
    from = end;
    const Journal journal = read_journal(chunk);
    if (journal.warning.empty() && begins_anew(chunk)) graph = Graph();
    for (const OperationRef& operation : journal.live) graph.apply(operation, nullptr);
    for (const OperationRef& operation : journal.operations) graph.apply(operation, nullptr);
  }
  return graph;
}

}  // namespace weft::sim
