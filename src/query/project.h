// Selection: which parts of a value a result shows (`$select`), as a tree of names.
//
// Invariants: 1. What is shown keeps its place: `a.b` gives { a: { b } }, and an array's entry stands under
// its number. 2. What is not there is left out, also a map of which nothing is left; the top is always a map.
#pragma once
#include <vector>

#include "query/condition.h"

namespace weft::query {

class Selection {
 public:
  // An array of dot paths. `id` and `timestamp` may be named; they are shown anyway. Errors: INVALID_QUERY.
  static Result<Selection> parse(const Json&, const std::string& path);
  // Appends what is selected of a node's value.
  void project(ByteView value, Buffer& out) const;

 private:
  struct Part {
    index::Step step;
    bool whole = false;
    std::vector<Part> parts;
  };
  static void add(std::vector<Part>& parts, const index::FieldPath& steps, size_t at);
  static uint32_t pack(const std::vector<Part>& parts, const ValueView& value, Buffer& out);   // entries; how many
  std::vector<Part> parts_;
};

}  // namespace weft::query
