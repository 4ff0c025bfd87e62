#include "core/file_reader.h"

#include <algorithm>

#include "base/limits.h"
#include "base/varint.h"
#include "log/columns.h"

namespace weft {
namespace {

constexpr size_t kHead = kFileMagic.size() + 1;
constexpr size_t kInflated = size_t{256} << 10;   // in one step

size_t most_inflated(size_t bytes) { return std::min(limits::kMaxMessageBytes, bytes * limits::kMaxInflateRatio); }

}  // namespace

Status FileReader::check(ByteView file) {
  if (file.size() < kHead || file.substr(0, kFileMagic.size()) != kFileMagic)
    return make_error(Code::kMalformed, "these bytes are no exported state", "bytes");
  const char version = file[kFileMagic.size()];
  if (version != kFileVersion && version != kArrayVersion)
    return make_error(Code::kUnsupportedVersion, "the state was exported by another version of weft", "bytes");
  return ok_status();
}

FileReader::FileReader(Buffer file)
    : file_(std::move(file)), deflated_(ByteView(file_).substr(kHead)), inflater_(most_inflated(deflated_.size())) {}

Result<bool> FileReader::next(Operations& all) {
  if (file_[kFileMagic.size()] == kFileVersion) {
    ByteView rest = ByteView(inflated_).substr(at_), packed;
    if (read_run(rest, packed)) return read_run_of(all);
  }
  if (ended_) {
    if (file_[kFileMagic.size()] == kArrayVersion) return read_array(all);
    if (at_ == inflated_.size()) return false;
    return make_error(Code::kMalformed, "the state is cut short", "bytes");
  }
  inflated_.erase(0, at_);
  at_ = 0;
  Result<bool> ended = inflater_.take(deflated_, inflated_, kInflated);
  if (!ended) return ended.error();
  ended_ = *ended;
  return true;
}

Result<bool> FileReader::read_run_of(Operations& all) {
  ByteView rest = ByteView(inflated_).substr(at_), packed;
  read_run(rest, packed);
  Result<Operations> run = unpack_columns(packed);
  if (!run) return run.error();
  for (OperationRef& operation : *run) {
    total_ += operation->bytes().size();
    all.push_back(std::move(operation));
  }
  if (total_ > limits::kMaxMessageBytes) return make_error(Code::kTooLarge, "the state is too large", "bytes");
  at_ = inflated_.size() - rest.size();
  return true;
}

Result<bool> FileReader::read_array(Operations& all) {
  FieldReader in(inflated_);
  Result<Operations> operations = in.operations();
  if (!operations) return operations.error();
  if (!in.finished()) return make_error(Code::kMalformed, "bytes follow the state", "bytes");
  all = std::move(*operations);
  return false;
}

Result<Operations> read_file(ByteView file) {
  if (Status checked = FileReader::check(file); !checked) return checked.error();
  FileReader reader{Buffer(file)};
  Operations all;
  for (bool more = true; more;) {
    Result<bool> read = reader.next(all);
    if (!read) return read.error();
    more = *read;
  }
  return all;
}

}  // namespace weft
