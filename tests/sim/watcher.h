// Watcher: a page that shows every node, told by a subscription alone.
#pragma once
#include <map>
#include <string>

#include "core/replica.h"
#include "core/told.h"

namespace weft::sim {

class Watcher {
 public:
  void begin(Replica& replica);
  bool watches() const { return subscription_ != 0; }
  // Empty: each event fits what is shown.
  std::string take(const Effect& events);
  // Whether what is shown is what there is.
  bool agrees(const Replica& replica) const;

 private:
  std::string hear(const test::Told& event);

  uint32_t subscription_ = 0;
  std::map<Buffer, Buffer> shown_;   // by id: as Replica::get packs it
};

}  // namespace weft::sim
