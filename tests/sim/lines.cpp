// Connections: they come up one end after the other, carry parcels, and end one side after the other.
#include <algorithm>

#include "sync/message.h"
#include "world.h"

namespace weft::sim {
namespace {

// Whether what comes by this link waits unread: for a verdict, or for what is done in slices.
bool parks(const Replica& replica, LinkId link) {
  const Buffer status = replica.sync_status_json();
  const std::string waiting = "\"waiting\":";
  const size_t at = status.find(waiting, status.find("\"link\":" + std::to_string(link) + ","));
  return at != Buffer::npos && status.compare(at + waiting.size(), 4, "true") == 0;
}

}  // namespace

Line* World::line_of(uint32_t a, uint32_t b, size_t* side_of_b) {
  for (Line& line : lines_) {
    const bool along = line.edge.a == a && line.edge.b == b, against = line.edge.a == b && line.edge.b == a;
    if (!along && !against) continue;
    if (side_of_b) *side_of_b = along ? 1 : 0;
    return &line;
  }
  return nullptr;
}

void World::connect(const Step& step) {
  Line* line = line_of(step.a, step.b);
  if (!line) return;
  line->wanted = true;
  line->lag = step.c;
}

// Of what is under way the first few messages still arrive; one side notices before the other.
void World::disconnect(const Step& step) {
  size_t side = 0;
  Line* line = line_of(step.a, step.b, &side);
  if (!line) return;
  line->wanted = false;
  for (End& end : line->ends) {
    if (end.inbox.size() > step.c) end.inbox.resize(step.c);
    for (Parcel& parcel : end.inbox) parcel.due = std::min(parcel.due, now_ + 10);
  }
  lose_line(*line, side == 1 ? 10 : 10 + step.d, side == 1 ? 10 + step.d : 10);
}

void World::split(uint32_t mask) {
  for (Line& line : lines_) {
    if ((mask >> (line.edge.a - 1) & 1) == (mask >> (line.edge.b - 1) & 1)) continue;
    line.wanted = false;
    lose_line(line, 0, 100);
  }
}

void World::lose_line(Line& line, uint64_t first_ms, uint64_t second_ms) {
  for (size_t side = 0; side < 2; ++side) {
    End& end = line.ends[side];
    end.opens.reset();
    if (!end.open) end.inbox.clear();
    else if (const uint64_t at = now_ + (side == 0 ? first_ms : second_ms); !end.closes || at < *end.closes) end.closes = at;
  }
}

void World::dial(Line& line) {
  line.strained = false;
  line.replaced = {};
  line.offered = {};
  for (End& end : line.ends) {
    end.inbox.clear();
    end.last_due = 0;
    end.closes.reset();
  }
  line.ends[0].opens = now_;
  line.ends[1].opens = now_ + line.lag;
  tally_.saw(line.edge.bridge ? "connection of a bridging tab" : line.edge.tab ? "connection of tabs" : "connection");
}

void World::open_end(size_t index, size_t side) {
  Line& line = lines_[index];
  End& end = line.ends[side];
  Peer& p = peer(end.peer);
  end.opens.reset();
  end.open = true;
  end.link = ++p.last_link;
  p.links[end.link] = {index, side};
  const LinkOptions options{line.edge.tab, line.edge.bridge && side == 0};
  const Status opened = p.replica->link_open(end.link, options, wall(p));
  if (!opened) return fail("a link could not be opened: " + opened.error().message);
  collect(p);
}

void World::close_end(size_t index, size_t side) {
  End& end = lines_[index].ends[side];
  end.closes.reset();
  end.opens.reset();
  end.inbox.clear();
  if (!end.open) return;
  end.open = false;
  Peer& p = peer(end.peer);
  p.links.erase(end.link);
  if (!p.runs()) return;
  p.replica->link_close(end.link);
}

void World::send(Peer& p, const Effect& effect) {
  if (effect.target != kTabBroadcast) {
    const auto found = p.links.find(effect.target);
    if (found != p.links.end()) post(found->second.first, 1 - found->second.second, effect.payload);
    return;
  }
  for (const auto& [link, place] : std::map(p.links))
    if (lines_[place.first].edge.tab) post(place.first, 1 - place.second, effect.payload);
}

// Towards an end that opens later a parcel waits there; towards one that is gone it is lost.
void World::post(size_t index, size_t side, ByteView bytes) {
  Line& line = lines_[index];
  End& end = line.ends[side];
  if ((!end.open && !end.opens) || end.closes) return;   // lost already, though this end has not noticed
  ++messages_;
  pieces_ += bytes.size() > 1 && (bytes[1] == static_cast<char>(MessageType::kPart) || bytes[1] == static_cast<char>(MessageType::kMore));
  last_message_ = now_;
  if (bytes.size() > 1 && bytes[1] == static_cast<char>(MessageType::kFull))
    line.offered[side].push_back(decode(bytes)->claim);   // by now it may be another
  const uint64_t latency = scenario_.latency_ms == 0 ? 0 : chance(index * 2 + side, ++line.sent) % (2 * scenario_.latency_ms);
  Parcel parcel;
  parcel.bytes = Buffer(bytes);
  parcel.due = std::max(now_ + latency, end.last_due);
  if (end.armed) return befall(end, line, parcel);
  end.last_due = parcel.due;
  end.inbox.push_back(std::move(parcel));
}

void World::befall(End& end, Line& line, Parcel& parcel) {
  const Armed fault = *end.armed;
  end.armed.reset();
  tally_.saw(act_name(fault.act));
  note("  (that message: " + std::string(act_name(fault.act)) + ")");
  if (fault.act != Act::kDelay) line.strained = true;
  if (fault.act == Act::kLose) return;
  if (fault.act == Act::kReorder || fault.act == Act::kDelay) parcel.due += fault.by;
  if (fault.act == Act::kTruncate) parcel.bytes.resize(fault.by % parcel.bytes.size());
  if (fault.act == Act::kFlip) {
    const size_t bit = chance(fault.by, parcel.bytes.size()) % (parcel.bytes.size() * 8);
    parcel.bytes[bit / 8] = static_cast<char>(parcel.bytes[bit / 8] ^ (1 << bit % 8));
  }
  if (fault.act == Act::kTruncate || fault.act == Act::kFlip) {
    const bool readable = decode(parcel.bytes).ok();
    if (readable && fault.act == Act::kTruncate) return fail("a message that was cut short can be read");
    (readable ? parcel.detected : parcel.damaged) = true;
  }
  if (fault.act != Act::kReorder) end.last_due = parcel.due;
  const auto later = [](uint64_t due, const Parcel& other) { return due < other.due; };
  const auto place = std::upper_bound(end.inbox.begin(), end.inbox.end(), parcel.due, later);
  const auto put = end.inbox.insert(place, std::move(parcel));
  if (fault.act == Act::kRepeat) end.inbox.insert(put, Parcel(*put));
}

void World::deliver(size_t index, size_t side) {
  Line& line = lines_[index];
  End& end = line.ends[side];
  const Parcel parcel = std::move(end.inbox.front());
  end.inbox.pop_front();
  Peer& p = peer(end.peer);
  if (parcel.detected) {
    tally_.saw("damage found by the transport");
    return lose_line(line, 0, 0);
  }
  const uint8_t type = parcel.bytes.size() > 1 ? static_cast<uint8_t>(parcel.bytes[1]) : 0;
  if (!parcel.damaged) ++tally_.messages[message_name(static_cast<MessageType>(type))];
  if (trace_) note("  " + std::to_string(line.ends[1 - side].peer) + " -> " + std::to_string(end.peer) + ": " + (parcel.damaged ? "damaged " : "") +
                   message_name(static_cast<MessageType>(type)) + ", " + std::to_string(parcel.bytes.size()) + " bytes");
  const bool judging = parcel.damaged && parks(*p.replica, end.link);
  const Fingerprint before = parcel.damaged ? p.replica->graph().fingerprint() : Fingerprint();
  busy_ = end.link;
  p.replica->receive(end.link, parcel.bytes, wall(p));
  collect(p);
  busy_ = 0;
  if (!parcel.damaged || judging) return;
  tally_.saw("damaged message refused");
  if (p.replica->graph().fingerprint() != before) fail("a damaged message changed the graph");
  if (end.open) fail("a damaged message was taken");
}

}  // namespace weft::sim
