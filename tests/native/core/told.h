// What an effect of events tells, read event by event.
#pragma once
#include <cstring>
#include <vector>

#include "base/pack.h"
#include "core/replica.h"

namespace weft::test {

struct Told {
  uint32_t subscription;
  Action action;
  Buffer id, node;   // node: as Replica::get() packs it
};

inline std::vector<Told> told(const Effect& effect) {
  Unpacker in(effect.payload);
  const auto number = [&in] {
    ByteView bytes;
    WEFT_CHECK(in.take(sizeof(uint32_t), bytes));
    uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  };
  std::vector<Told> all(number());
  std::vector<uint32_t> places;
  for (Told& one : all) {
    one.subscription = number();
    const uint32_t what = number();
    one.action = static_cast<Action>(what & 3);
    places.push_back(what >> 2);
  }
  std::vector<ByteView> nodes;
  for (size_t i = 0; i < all.size(); ++i) {
    ByteView node;
    if (places[i] == nodes.size() && in.skip(&node)) nodes.push_back(node);
    Unpacker fields(nodes.at(places[i]));
    uint32_t size = 0;
    ByteView id;
    WEFT_CHECK(fields.array(size) && size == 5 && fields.str(id));
    all[i].id = Buffer(id);
    all[i].node = Buffer(nodes[places[i]]);
  }
  WEFT_CHECK(in.at_end());
  return all;
}

inline std::vector<Told> told(const std::vector<Effect>& effects) {
  std::vector<Told> all;
  for (const Effect& effect : effects)
    for (Told& one : told(effect)) all.push_back(std::move(one));
  return all;
}

}  // namespace weft::test
