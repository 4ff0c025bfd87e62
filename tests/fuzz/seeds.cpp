// Writes the first inputs of every target below the folder that is named: a few bytes that lead a fuzzer into each
// branch. What fuzzing finds afterwards is added by hand, when it reaches what these do not.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/lab.h"
#include "log/columns.h"
#include "store/journal.h"

namespace weft {
namespace {

using test::map_of;
using test::number;
using test::text;

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}
  void write(const std::string& target, const std::string& name, const Buffer& bytes) {
    std::filesystem::create_directories(folder_ + "/" + target);
    std::ofstream(folder_ + "/" + target + "/" + name, std::ios::binary) << bytes;
  }

 private:
  std::string folder_;
};

Buffer names(std::initializer_list<ByteView> list) {
  Buffer out;
  pack_array(out, static_cast<uint32_t>(list.size()));
  for (const ByteView name : list) pack_str(out, name);
  return out;
}

std::map<std::string, OperationRef> operations() {
  const auto at = [](uint16_t i) { return Stamp::make(1'700'000'000'000, i, 7); };
  const Buffer fields = map_of({{"a", number(1)}, {"b", text("x")}});
  return {
      {"create", Operation::create(at(1), "n", fields, names({"c"}))},
      {"patch", Operation::patch(at(2), "n", map_of({{"b", number(300)}}), names({"a", "d"}))},
      {"replace", Operation::replace(at(3), "m", number(5), at(1))},
      {"remove", Operation::remove(at(4), "n")},
      {"clear", Operation::clear(at(5))},
      {"link", Operation::link(at(6), "n", "knows", "m", fields)},
      {"unlink", Operation::unlink(at(7), "n", "knows", "m")},
  };
}

void write_operations(Writer& out) {
  for (const auto& [name, operation] : operations()) out.write("operation", name, Buffer(operation->bytes()));
  Buffer envelope;
  pack_array(envelope, 3);
  pack_bin(envelope, operations().at("create")->bytes());
  pack_bin(envelope, Buffer(32, 'k'));
  pack_bin(envelope, Buffer(64, 's'));
  out.write("operation", "signed", envelope);
}

// Every form of a column; first as operations, then packed.
void write_columns(Writer& out) {
  Buffer kinds[] = {number(0), number(1'700'000'000'000), text("a text"), Buffer("\xd7\x01\x00\x00\x01\x8b\xcf\xe5\x68\x00", 10), Buffer("\xc0"), names({"x"})};
  pack_double(kinds[4], 0.5);
  kinds[4].erase(0, 1);
  std::vector<OperationRef> alike, mixed, people;
  for (uint16_t i = 0; i < 8; ++i) {
    const auto at = [&](uint16_t more) { return Stamp::make(1'700'000'000'000 + i, more, 7 + i % 2); };
    Buffer value = map_of({{"a", number(i * 300)}, {"b", text("text " + std::to_string(i))}, {"c", map_of({{"d", kinds[4]}, {"e", kinds[3]}})}});
    alike.push_back(Operation::create(at(0), "node " + std::to_string(i), value, names({})));
    alike.push_back(Operation::link(at(1), "node 1", "label", "node " + std::to_string(i), {}));
    mixed.push_back(Operation::patch(at(2), "node " + std::to_string(i), map_of({{"a", kinds[i % 6]}}), names({"gone"})));
    mixed.push_back(Operation::replace(at(3), "n", kinds[i % 5], i % 2 ? at(0) : kNoStamp));
  }
  for (const auto& entry : operations()) mixed.push_back(entry.second);
  const char* const people_names[] = {"Ada Egger", "Ben Haas", "Yuki Sato", "Zoe Khan"};
  for (uint16_t i = 0; i < 32; ++i) {   // a dictionary, decimals, lines
    Buffer sum;
    pack_double(sum, (2 * i + 1) / 4.0);
    const Buffer value = map_of({{"city", text(i % 2 ? "Vienna" : "Graz")}, {"name", text(std::string(people_names[i % 4]) + std::to_string(i * 7919))}, {"sum", sum}});
    people.push_back(Operation::create(Stamp::make(1'700'000'000'000 + i, 0, 7), "user-" + std::to_string(i), value, {}));
  }
  for (const auto& [name, list] : {std::pair("alike", &alike), std::pair("mixed", &mixed), std::pair("people", &people)}) {
    Buffer plain(1, '\1');
    for (const OperationRef& operation : *list) plain += operation->bytes();
    out.write("columns", name, plain);
    out.write("columns", std::string(name) + "_packed", Buffer(1, '\0') + pack_columns(*list, 0, list->size()));
  }
}

void write_values(Writer& out) {
  Buffer numbers, kinds;
  for (const int64_t value : {0, -1, -33, 127, 128, 70000, -70000}) pack_int(numbers, value);
  pack_double(numbers, 0.5);
  numbers += Buffer("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9);
  numbers += Buffer("\xd7\x02\x00\x00\x00\x00\x00\x00\x00\x05", 10) + Buffer("\xd7\x03\x80\x00\x00\x00\x00\x00\x00\x05", 10);
  pack_map(kinds, 4);
  for (const ByteView name : {"z", "a", "m", "b"}) {
    pack_str(kinds, name);
    if (name == "z") kinds += map_of({{"y", names({"\xc3\xa4"})}, {"x", number(1)}});
    else if (name == "a") kinds += Buffer("\xd7\x01\x00\x00\x01\x8b\xcf\xe5\x68\x00", 10);
    else if (name == "m") pack_bin(kinds, "bytes");
    else pack_nil(kinds);
  }
  out.write("value", "numbers", numbers);
  out.write("value", "kinds", kinds);
  out.write("value", "maps", map_of({{"a", number(1)}, {"b", number(2)}}) + map_of({{"b", number(2)}, {"a", number(1)}}));
}

// One message of every type out of conversations that happen.
std::map<std::string, Buffer> messages(size_t compress_above) {
  test::Lab lab;
  const auto adjust = [&](ReplicaOptions& options) {
    options.oplog_size = 4, options.compress_above = compress_above, options.part_operations = 6;
  };
  lab.open(1, adjust), lab.open(2, adjust);
  for (uint64_t i = 0; i < 10; ++i) lab.put(1, "n" + std::to_string(i), i);
  lab.connect(1, 2), lab.rest();
  lab.put(2, "live", 1), lab.rest();
  lab.cut(1, 2), lab.pass(1000);
  lab.put(1, "n1", 100);
  lab.connect(1, 2), lab.rest(), lab.cut(1, 2);
  for (uint64_t i = 0; i < 9; ++i) lab.put(1, "n" + std::to_string(i), 50 + i);
  lab.put(2, "mine", 1);
  lab.connect(1, 2), lab.rest();
  std::map<std::string, Buffer> found;
  for (const test::Sent& sent : lab.log) found[message_name(sent.type())] = sent.bytes;
  found["bye"] = encode(Message{}, compress_above);
  return found;
}

void write_messages(Writer& out) {
  for (const auto& [name, bytes] : messages(SIZE_MAX)) out.write("message", name, bytes);
  out.write("message", "deflated", messages(100).at("full"));
}

// See journal.cpp: [how][piece], then a journal, or records without their lengths and checksums.
void write_journals(Writer& out) {
  Operations all;
  for (const auto& entry : operations()) all.push_back(entry.second);
  for (const OperationRef& operation : all) operation->digest();
  Buffer journal;
  append_header(journal);
  append_operations(journal, all, false);
  append_snapshot(journal, all, JournalState{all[0]->stamp(), kNoStamp, all[0]->stamp().clock, {all[1]->stamp()}});
  append_operations(journal, all, true);
  Buffer framed;
  for (size_t at = 0; at < journal.size();) {
    const auto length = static_cast<uint8_t>(journal[at]) + (static_cast<uint8_t>(journal[at + 1]) << 8);
    const Buffer record = journal.substr(at + 8, static_cast<size_t>(length));
    framed += record.substr(0, 2) + static_cast<char>((length - 2) >> 8) + static_cast<char>(length - 2) + record.substr(2);
    at += 8 + static_cast<size_t>(length);
  }
  out.write("journal", "whole", Buffer("\x00\x05", 2) + journal);
  out.write("journal", "torn", Buffer("\x00\x05", 2) + journal.substr(0, journal.size() - 5));
  out.write("journal", "framed", Buffer("\x01\x05", 2) + framed);
  out.write("journal", "framed_torn", Buffer("\x03\x05", 2) + framed);
}

// See negentropy.cpp: [branching][copies][length][pattern][kind][rest].
void write_conversations(Writer& out) {
  Buffer pattern;
  for (int i = 0; i < 60; ++i) pattern += static_cast<char>(i * 37);
  const auto sets = [&](char branching, char copies) { return Buffer{branching, copies, '\x3c'} + pattern; };
  out.write("negentropy", "conversation", sets(3, 1) + '\0');
  out.write("negentropy", "many", sets(0, 5) + '\0');
  out.write("negentropy", "wide", sets(3, 5) + '\0');
  out.write("negentropy", "same", Buffer("\x01\x04\x08", 3) + Buffer(8, '\x10') + '\0');
  out.write("negentropy", "searching", Buffer("\x06\x03\x3c", 3) + pattern + '\0');
  out.write("negentropy", "searching_spoiled", Buffer("\x05\x03\x3c", 3) + pattern + Buffer("\x02\x00\x01\x02\x07\x05", 6));
  const Buffer skip("a\x05\x00\x00\x00\x00\x02\x01", 8), ids(32, 'd');
  out.write("negentropy", "ids", sets(3, 1) + '\1' + skip + ids);
  out.write("negentropy", "fingerprint", sets(3, 1) + '\1' + Buffer("a\x83\x10\x02xy\x01", 7) + Buffer(16, 'f'));
  for (char round = 0; round < 3; ++round)
    out.write("negentropy", "spoiled" + std::to_string(round),
              sets(round, 4) + '\2' + round + Buffer("\1\0\0\40\7\2\1\3\4abcd\1\3\0\21\11\0\0\100\377", 23));
}

void write_queries(Writer& out) {
  out.write("query", "comparisons", R"({"query":{"age":{"$gte":-2,"$lt":9},"name":{"$ne":"x"}},"field":"age","order":"desc","$limit":3,"$skip":1})");
  out.write("query", "logic", R"({"query":{"$or":[{"age":{"$in":[1,2,{"$bigint":"5"}]}},{"$not":{"map.a":null}},{"$and":[{"tags":"red"},{"id":"n3"}]}]}})");
  out.write("query", "text", R"({"query":{"name":{"$like":"%a_%"},"tags":{"$elemMatch":{"$eq":"blue"}},"when":{"$between":[{"$date":1},{"$date":1700000000000}]}}})");
  out.write("query", "window", R"({"field":"when","$after":"n2","$before":"n7"})");
  out.write("query", "literals", R"({"query":{"a":{"$number":"NaN"},"b":{"$binary":"AAEC"},"c":{"d":[1,2.5,true]},"timestamp":{"$gt":{"physical":1700000000000,"logical":1}},"map":{"$exists":true}}})");
}

void write_drafts(Writer& out) {
  const auto little = [](uint64_t value, int bytes) {
    Buffer packed;
    for (int i = 0; i < bytes; ++i) packed += static_cast<char>(value >> (8 * i));
    return packed;
  };
  const auto text_of = [&](const Buffer& value) { return little(value.size(), 4) + value; };
  const Buffer head = little(1'700'000'000, 8) + little(25'000, 4);
  out.write("event", "plain", head + little(0, 2) + text_of("hello"));
  out.write("event", "tagged", head + little(2, 2) + little(2, 2) + text_of("t") + text_of("room") + little(1, 2) +
                                   text_of("\"\\\n\x01\xc3\xa4") + text_of("\b\f\r\t"));
}

// Decisions, see session.cpp: options, then steps of a few bytes.
void write_sessions(Writer& out) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    Buffer bytes(1, static_cast<char>(seed * 37));
    uint32_t state = seed + 1;
    for (int i = 0; i < 400; ++i) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24);
    }
    out.write("session", "random" + std::to_string(seed), bytes);
  }
}

}  // namespace
}  // namespace weft

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "fuzz_seeds folder\n");
    return 1;
  }
  weft::Writer out(words[1]);
  weft::write_operations(out);
  weft::write_columns(out);
  weft::write_values(out);
  weft::write_messages(out);
  weft::write_journals(out);
  weft::write_conversations(out);
  weft::write_queries(out);
  weft::write_drafts(out);
  weft::write_sessions(out);
  return 0;
}
