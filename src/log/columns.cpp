#include "log/columns.h"

#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "base/pack_head.h"
#include "base/varint.h"
#include "log/column.h"
#include "log/shape.h"

namespace weft {
namespace {

constexpr size_t kLeastAlike = 4;   // a shape of fewer operations costs more than it saves
// What a part may declare; nothing here costs more memory than these allow.
constexpr size_t kMaxColumns = 4096, kMaxOperations = size_t{1} << 16;

Error malformed() { return make_error(Code::kMalformed, "packed operations are cut short or hold what they should not"); }

// Sorts operations by shape, then writes what is theirs shape by shape.
class Packer {
 public:
  Packer(const std::vector<OperationRef>& operations, size_t from, size_t to) : operations_(operations), from_(from), to_(to) {}

  Buffer pack() {
    shapes_.emplace_back();   // 0: none
    for (size_t i = from_; i < to_; ++i) of_.push_back(sort(*operations_[i]));
    number_shapes();
    write_varint(out_, to_ - from_);
    write_shapes();
    write_stamps();
    write_loose();
    write_columns();
    return std::move(out_);
  }

 private:
  struct Kind {
    Shape shape;
    std::vector<ByteView> values;   // operation by operation, of every gap but the first
    size_t count = 0;
    size_t number = 0;
  };

  // The place in shapes_ of this operation's shape. Neighbours are mostly of one.
  size_t sort(const Operation& operation) {
    if (last_ != 0 && shapes_[last_].shape.match(operation, shapes_[last_].values)) return ++shapes_[last_].count, last_;
    Shape shape;
    if (!shape.take(operation)) return 0;
    Buffer key;
    shape.write(key);
    const auto known = places_.find(key);
    if (known == places_.end() && columns_ + shape.gaps() > kMaxColumns) return 0;
    const auto [found, fresh] = places_.try_emplace(std::move(key), shapes_.size());
    if (fresh) {
      columns_ += shape.gaps();
      shapes_.emplace_back().shape = std::move(shape);
    }
    Kind& kind = shapes_[found->second];
    if (!kind.shape.match(operation, kind.values)) return 0;
    ++kind.count;
    return last_ = found->second;
  }

  void number_shapes() {
    for (size_t i = 1; i < shapes_.size(); ++i)
      if (shapes_[i].count >= kLeastAlike) shapes_[i].number = ++numbered_;
  }

  void write_shapes() {
    write_varint(out_, numbered_);
    for (const Kind& kind : shapes_)
      if (kind.number != 0) kind.shape.write(out_);
    Buffer numbers;
    for (const size_t place : of_) write_varint(numbers, shapes_[place].number);
    write_run(out_, numbers);
  }

  void write_stamps() {
    std::vector<uint64_t> replicas;
    Buffer indexes, clocks;
    uint64_t clock = 0;
    size_t index = 0;
    for (size_t i = from_; i < to_; ++i) {
      if (shapes_[of_[i - from_]].number == 0) continue;
      const Stamp& stamp = operations_[i]->stamp();
      if (replicas.empty() || replicas[index] != stamp.replica) index = place_of(stamp.replica, replicas);
      write_varint(indexes, index);
      write_varint(clocks, fold_sign(stamp.clock - clock));
      clock = stamp.clock;
    }
    write_varint(out_, replicas.size());
    for (const uint64_t replica : replicas)
      for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<char>(replica >> shift));
    write_run(out_, indexes);
    write_run(out_, clocks);
  }

  size_t place_of(uint64_t replica, std::vector<uint64_t>& replicas) {
    const auto [found, fresh] = replica_places_.try_emplace(replica, replicas.size());
    if (fresh) replicas.push_back(replica);
    return found->second;
  }

  void write_loose() {
    Buffer loose;
    for (size_t i = from_; i < to_; ++i)
      if (shapes_[of_[i - from_]].number == 0) loose.append(operations_[i]->bytes());
    write_run(out_, loose);
  }

  void write_columns() {
    std::vector<ByteView> column;
    for (const Kind& kind : shapes_) {
      if (kind.number == 0) continue;
      const size_t width = kind.shape.gaps() - 1;
      for (size_t gap = 0; gap < width; ++gap) {
        column.clear();
        for (size_t i = gap; i < kind.values.size(); i += width) column.push_back(kind.values[i]);
        write_column(out_, column);
      }
    }
  }

  const std::vector<OperationRef>& operations_;
  size_t from_, to_;
  std::vector<Kind> shapes_;
  std::vector<size_t> of_;
  std::unordered_map<Buffer, size_t> places_;
  std::unordered_map<uint64_t, size_t> replica_places_;
  size_t last_ = 0, numbered_ = 0, columns_ = 0;
  Buffer out_;
};

class ColumnsReader {
 public:
  explicit ColumnsReader(ByteView bytes) : rest_(bytes) {}

  Result<std::vector<OperationRef>> unpack() {
    if (rest_.size() > limits::kMaxPartBytes) return too_large();
    if (!read_shapes() || !read_stamps() || !read_run(rest_, loose_) || !open_columns()) return malformed();
    std::vector<OperationRef> operations;
    operations.reserve(of_.size());
    for (const size_t shape : of_) {
      auto operation = shape == 0 ? Operation::decode_next(loose_) : put_together(kinds_[shape - 1]);
      if (!operation) return operation.error();
      total_ += (*operation)->bytes().size();
      if (total_ > limits::kMaxPartBytes) return too_large();
      operations.push_back(std::move(*operation));
    }
    if (!finished()) return malformed();
    return operations;
  }

 private:
  struct Kind {
    Shape shape;
    std::vector<ColumnReader> columns;
    size_t count = 0;
  };

  static Error too_large() { return make_error(Code::kTooLarge, "packed operations are larger than a part may be"); }

  bool read_shapes() {
    uint64_t operations, shapes;
    if (!read_varint(rest_, operations) || !read_varint(rest_, shapes) || operations > kMaxOperations) return false;
    size_t columns = 0;
    for (uint64_t i = 0; i < shapes; ++i) {
      if (!kinds_.emplace_back().shape.read(rest_)) return false;
      columns += kinds_.back().shape.gaps();
      if (columns > kMaxColumns) return false;
    }
    ByteView numbers;
    if (!read_run(rest_, numbers) || operations > numbers.size()) return false;
    of_.reserve(static_cast<size_t>(operations));
    for (uint64_t i = 0, number; i < operations; ++i) {
      if (!read_varint(numbers, number) || number > shapes) return false;
      of_.push_back(static_cast<size_t>(number));
      if (number > 0) ++kinds_[static_cast<size_t>(number) - 1].count;
    }
    return numbers.empty();
  }

  bool read_stamps() {
    uint64_t replicas;
    if (!read_varint(rest_, replicas) || replicas > rest_.size() / 8) return false;
    for (uint64_t i = 0; i < replicas; ++i) {
      replicas_.push_back(read_be(rest_.data(), 8));
      rest_.remove_prefix(8);
    }
    return read_run(rest_, indexes_) && read_run(rest_, clocks_);
  }

  // What dictionaries hold is used at least once by honest packers, so together they have no more than a part.
  bool open_columns() {
    size_t room = limits::kMaxPartBytes;
    for (Kind& kind : kinds_) {
      kind.columns.resize(kind.shape.gaps() - 1);
      for (ColumnReader& column : kind.columns)
        if (!column.open(rest_, kind.count, room)) return false;
    }
    return rest_.empty();
  }

  Result<OperationRef> put_together(Kind& kind) {
    scratch_.assign(kind.shape.texts[0]);
    uint64_t index, step;
    if (!read_varint(indexes_, index) || index >= replicas_.size() || !read_varint(clocks_, step)) return malformed();
    clock_ += unfold_sign(step);
    write_stamp(scratch_, Stamp{clock_, replicas_[static_cast<size_t>(index)]});
    scratch_.append(kind.shape.texts[1]);
    for (size_t i = 0; i < kind.columns.size(); ++i) {
      if (scratch_.size() > limits::kMaxOperationBytes) return too_large();
      if (!kind.columns[i].next(scratch_, limits::kMaxOperationBytes)) return malformed();
      scratch_.append(kind.shape.texts[i + 2]);
    }
    return Operation::decode(scratch_);
  }

  bool finished() const {
    const auto is_done = [](const Kind& kind) {
      return std::all_of(kind.columns.begin(), kind.columns.end(), [](const ColumnReader& column) { return column.finished(); });
    };
    return loose_.empty() && indexes_.empty() && clocks_.empty() && std::all_of(kinds_.begin(), kinds_.end(), is_done);
  }

  ByteView rest_, indexes_, clocks_, loose_;
  std::vector<Kind> kinds_;
  std::vector<size_t> of_;
  std::vector<uint64_t> replicas_;
  uint64_t clock_ = 0;
  size_t total_ = 0;
  Buffer scratch_;
};

}  // namespace

size_t part_size(const std::vector<OperationRef>& operations, size_t from, size_t most, size_t bytes) {
  size_t size = 0;
  for (size_t so_far = 0; from + size < operations.size() && size < most && so_far < bytes; ++size)
    so_far += operations[from + size]->bytes().size();
  return size;
}

Buffer pack_columns(const std::vector<OperationRef>& operations, size_t from, size_t to) {
  return Packer(operations, from, to).pack();
}

Result<std::vector<OperationRef>> unpack_columns(ByteView bytes) { return ColumnsReader(bytes).unpack(); }

}  // namespace weft
