#include "query/reach.h"

namespace weft::query {

Reach::~Reach() {
  for (auto& [node, mark] : marks_) held_.remove(*mark.node);
}

Reach::Mark* Reach::find(const Tracked& node) {
  const auto found = marks_.find(&node);
  return found == marks_.end() ? nullptr : &found->second;
}

Reach::Mark& Reach::mark_of(Tracked& node) {
  Mark& mark = marks_[&node];
  if (!mark.node) {
    mark.node = &node;
    held_.add(node);
  }
  return mark;
}

void Reach::note(Mark& mark) {
  if (mark.is_moved) return;
  mark.is_moved = true;
  moved_.push_back(&mark);
}

void Reach::attach(Mark& mark, Mark& from, uint32_t distance) {
  mark.distance = distance;
  mark.from = &from;
  mark.next = from.first;
  if (mark.next) mark.next->previous = &mark;
  from.first = &mark;
}

void Reach::detach(Mark& mark) {
  if (!mark.from) return;
  if (mark.next) mark.next->previous = mark.previous;
  if (mark.previous) mark.previous->next = mark.next;
  else mark.from->first = mark.next;
  mark.from = mark.next = mark.previous = nullptr;
}

// ---- what changed

void Reach::set_start(Tracked& node, bool is_start) {
  Mark& mark = mark_of(node);
  if (mark.is_start == is_start) return;
  mark.is_start = is_start;
  note(mark);
  if (is_start) widened_.push_back(&mark);
  else doubt_followers(mark);
}

void Reach::link_touched(const TouchedLinks::Ends& ends) { links_.push_back(&ends); }

void Reach::all_links_touched() {
  for (auto& [node, mark] : marks_) {
    doubt(mark);
    widened_.push_back(&mark);
  }
}

void Reach::settle(const Graph& graph) {
  for (const TouchedLinks::Ends* ends : links_) {
    for (const Buffer* end : {&ends->first, &ends->second})
      if (const Tracked* node = held_.tracking().find(*end))
        if (Mark* mark = find(*node)) doubt(*mark);
  }
  drop_unsupported(graph);
  for (Mark* mark : lost_) offer_to(graph, *mark);
  for (const TouchedLinks::Ends* ends : links_) {
    if (rule_.direction != Direction::kIn) offer_along(graph, ends->first, ends->second);
    if (rule_.direction != Direction::kOut) offer_along(graph, ends->second, ends->first);
  }
  for (Mark* mark : widened_) offer_from(graph, *mark);
  take_offers(graph);
  lost_.clear();
  links_.clear();
  widened_.clear();
}

// ---- ways that are gone

void Reach::doubt(Mark& mark) {
  if (mark.distance > 0) doubts_.push({mark.distance, &mark, nullptr});
}

void Reach::doubt_followers(Mark& mark) {
  for (Mark* one = mark.first; one; one = one->next) doubt(*one);
}

// Nearest first: whatever could support a mark is nearer, and so was looked at before.
void Reach::drop_unsupported(const Graph& graph) {
  while (!doubts_.empty()) {
    const Offer doubted = doubts_.top();
    doubts_.pop();
    Mark& mark = *doubted.to;
    if (mark.distance != doubted.distance) continue;   // lost already
    const Node* node = graph.find(mark.node->id);
    Mark* other = node ? support(graph, *node, mark.distance) : nullptr;
    detach(mark);
    if (other) {
      attach(mark, *other, mark.distance);
      continue;
    }
    note(mark);
    mark.distance = 0;
    lost_.push_back(&mark);
    if (!mark.is_start) doubt_followers(mark);
  }
}

Reach::Mark* Reach::support(const Graph& graph, const Node& node, uint32_t distance) {
  Mark* found = nullptr;
  graph.find_neighbour(node, back_, [&](const Node& before) {
    const Tracked* tracked = held_.tracking().find(graph.id(before));
    Mark* mark = tracked ? find(*tracked) : nullptr;
    if (mark && distance_on(*mark) < distance) found = mark;
    return found != nullptr;
  });
  return found;
}

// ---- ways that are new or nearer

void Reach::offer(Mark& from, Mark& to) {
  const uint32_t before = distance_on(from);
  if (before >= rule_.max_depth) return;   // kNowhere, too
  if (to.distance == 0 || to.distance > before + 1) offers_.push({before + 1, &to, &from});
}

void Reach::offer_from(const Graph& graph, Mark& mark) {
  if (distance_on(mark) >= rule_.max_depth) return;
  const Node* node = graph.find(mark.node->id);
  if (!node) return;
  graph.find_neighbour(*node, rule_, [&](const Node& to) {
    offer(mark, mark_of(held_.tracking().track(graph.id(to))));
    return false;
  });
}

void Reach::offer_to(const Graph& graph, Mark& mark) {
  const Node* node = graph.find(mark.node->id);
  if (!node) return;
  graph.find_neighbour(*node, back_, [&](const Node& before) {
    const Tracked* tracked = held_.tracking().find(graph.id(before));
    if (Mark* from = tracked ? find(*tracked) : nullptr) offer(*from, mark);
    return false;
  });
}

void Reach::offer_along(const Graph& graph, ByteView source, ByteView target) {
  const Tracked* tracked = held_.tracking().find(source);
  Mark* from = tracked ? find(*tracked) : nullptr;
  if (!from || distance_on(*from) >= rule_.max_depth) return;
  const Node *node = graph.find(source), *to = graph.find(target);
  if (node && to && graph.leads(*node, *to, rule_)) offer(*from, mark_of(held_.tracking().track(target)));
}

void Reach::take_offers(const Graph& graph) {
  while (!offers_.empty()) {
    const Offer offer = offers_.top();
    offers_.pop();
    Mark& mark = *offer.to;
    if (mark.distance > 0 && mark.distance <= offer.distance) continue;
    note(mark);
    detach(mark);
    attach(mark, *offer.from, offer.distance);
    if (!mark.is_start) offer_from(graph, mark);
  }
}

void Reach::end_round() {
  for (Mark* mark : moved_) {
    mark->is_moved = false;
    if (mark->is_start || mark->distance > 0) continue;
    WEFT_CHECK(!mark->first && !mark->from);
    Tracked& node = *mark->node;
    marks_.erase(&node);
    held_.remove(node);
  }
  moved_.clear();
}

}  // namespace weft::query
