// Indexes: what is kept beside a graph so that queries need not read every node. A column for each path
// that queries asked for, brought up to date when a query looks.
//
// Invariants: 1. After look() every column says what the graph says. 2. A change costs the writer one
// entry of a list, whatever it changed; the next query reads what changed, or all when that is most.
// 3. Columns take at most Settings::most_bytes together: the one not used for longest makes way.
// 4. What is in here never decides what a query finds, only how fast.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "index/bits.h"
#include "index/column.h"

namespace weft::index {

struct Settings {
  size_t least_nodes = 64;                       // below, reading every node costs less than looking anything up
  size_t most_bytes = limits::kMaxColumnBytes;
};

class Indexes final : public ChangeObserver {
 public:
  explicit Indexes(const Settings& settings = {}) : settings_(settings) {}
  Indexes(const Indexes&) = delete;
  Indexes& operator=(const Indexes&) = delete;

  bool pay(const Graph& graph) const { return graph.node_count() >= settings_.least_nodes; }
  // Columns of `paths` as the graph is now, in their order; valid until it changes or the next look.
  std::vector<const Column*> look(const Graph&, const std::vector<FieldPath>& paths);
  const Bits& existing() const { return existing_; }   // the slots of all nodes, as of the last look
  size_t bytes() const;

  void changed(uint32_t slot) override;
  void cleared() override;

 private:
  struct Kept {
    std::unique_ptr<Column> column;
    uint64_t used = 0;                     // the look that last asked for it
  };
  void catch_up(const Graph&);
  void read(const Graph&, uint32_t slot, const std::vector<Column*>&);
  void read_all(const Graph&, const std::vector<Column*>&);
  void make_room(size_t bytes);

  const Settings settings_;
  std::map<Buffer, Kept> columns_;         // by dotted path
  Bits existing_;
  Bits is_dirty_;
  std::vector<uint32_t> dirty_;            // changed since the last look, each once
  bool watching_ = false;                  // false: nothing is kept yet, so nothing can be out of date
  uint64_t looks_ = 0;
};

}  // namespace weft::index
