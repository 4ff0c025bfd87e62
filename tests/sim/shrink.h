// Shrinking: the shortest scenario that can be found which still goes wrong in the same way.
#pragma once
#include <functional>
#include <string>

#include "scenario.h"
#include "tally.h"

namespace weft::sim {

// As play(), without a tally, in a process of its own: a broken invariant of the core says "aborted".
std::string play_apart(const Scenario& scenario);

// The smallest that still `fails`, found by leaving things out.
Scenario shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails);

// `wrong`: what play() said of it. Two go wrong in the same way when they say the same up to a colon.
Scenario shrink(const Scenario& scenario, const std::string& wrong);

}  // namespace weft::sim
