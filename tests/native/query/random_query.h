// Random writes and queries over a small world, so that conditions meet what is there: few fields, few
// ids, values of every type with many ties.
#pragma once
#include <random>

#include "test_graph.h"

namespace weft::test {

class RandomQuery {
 public:
  explicit RandomQuery(uint64_t seed) : random_(seed) {}
  void write(TestGraph&);      // one random put, remove, link, unlink or (rarely) clear
  Json options();              // { query, field, order, window }
  Json order();                // { field, order }
  Json query(int depth);
  size_t below(size_t bound) { return random_() % bound; }
  std::string id();

 private:
  template <class T>
  const T& one_of(const std::vector<T>& all) { return all[below(all.size())]; }
  Json value(int depth);       // as stored
  Json literal(int depth);     // as a query says it
  Json operand(int depth);
  Json operators(int depth);
  Json timestamp_operand();
  Json point();
  Json entry_query(int depth);
  std::string path();
  uint64_t old_stamp(const TestGraph&);

  std::mt19937_64 random_;
};

}  // namespace weft::test
