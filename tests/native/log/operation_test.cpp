#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/pack.h"
#include "log/operation.h"

namespace weft {
namespace {

nlohmann::json vectors(const std::string& name) {
  std::ifstream file(std::string(WEFT_VECTORS) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

Buffer from_hex(const std::string& hex) {
  Buffer bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(ByteView bytes) {
  std::string hex;
  for (const char c : bytes) hex += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4], hex += "0123456789abcdef"[c & 15];
  return hex;
}

std::string to_hex(const Stamp& stamp) {
  Buffer bytes;
  write_stamp(bytes, stamp);
  return to_hex(bytes);
}

// What the vector says of a key, or nothing at all.
std::string said(const nlohmann::json& vector, const char* key) {
  return vector.contains(key) && vector[key].is_string() ? vector[key].get<std::string>() : "";
}

// The same operation from its parts, by the local constructors.
OperationRef rebuilt(const Operation& o) {
  switch (o.kind()) {
    case Kind::kCreate: return Operation::create(o.stamp(), o.id(), o.fields(), o.deleted());
    case Kind::kPatch: return Operation::patch(o.stamp(), o.id(), o.fields(), o.deleted());
    case Kind::kReplace: return Operation::replace(o.stamp(), o.id(), o.value(), o.created());
    case Kind::kRemove: return Operation::remove(o.stamp(), o.id());
    case Kind::kClear: return Operation::clear(o.stamp());
    case Kind::kLink: return Operation::link(o.stamp(), o.id(), o.label(), o.target(), o.value());
    case Kind::kUnlink: return Operation::unlink(o.stamp(), o.id(), o.label(), o.target());
  }
  return nullptr;
}

TEST(Operation, EveryVectorSaysWhatItShould) {
  for (const auto& vector : vectors("operations.json")) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Buffer bytes = from_hex(vector["hex"]);
    const auto decoded = Operation::decode(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    const Operation& o = **decoded;
    EXPECT_EQ(static_cast<int>(o.kind()), vector["kind"].get<int>());
    EXPECT_EQ(o.bytes(), bytes);
    EXPECT_EQ(to_hex(o.stamp()), said(vector, "stamp"));
    EXPECT_EQ(o.id(), said(vector, "id"));
    EXPECT_EQ(o.label(), said(vector, "label"));
    EXPECT_EQ(o.target(), said(vector, "target"));
    EXPECT_EQ(to_hex(o.fields()), said(vector, "fields"));
    EXPECT_EQ(to_hex(o.deleted()), said(vector, "deleted"));
    EXPECT_EQ(to_hex(o.value()), said(vector, "value"));
    EXPECT_EQ(o.created().is_none() ? "" : to_hex(o.created()), said(vector, "created"));
    EXPECT_EQ(to_hex(o.author()), said(vector, "author"));
    EXPECT_EQ(to_hex(o.proof()), said(vector, "proof"));
    EXPECT_FALSE(o.has_digest());
    EXPECT_EQ(to_hex({reinterpret_cast<const char*>(o.digest().data()), 32}), said(vector, "digest"));
    EXPECT_TRUE(o.has_digest());
    EXPECT_EQ(rebuilt(o)->bytes(), o.bare());
    EXPECT_EQ(Operation::decode(o.bare()).value()->bytes(), o.bare());
  }
}

TEST(Operation, EveryRefusedVectorIsRefusedWithItsCode) {
  for (const auto& vector : vectors("refused-operations.json")) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto decoded = Operation::decode(from_hex(vector["hex"]));
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(code_name(decoded.error().code), said(vector, "code"));
    EXPECT_FALSE(decoded.error().message.empty());
  }
}

TEST(Operation, CutShortAnywhereIsMalformed) {
  for (const auto& vector : vectors("operations.json")) {
    const Buffer bytes = from_hex(vector["hex"]);
    for (size_t size = 0; size < bytes.size(); ++size) {
      // A buffer of its own, so that reading past the end is noticed.
      const Buffer cut(bytes.data(), size);
      const auto decoded = Operation::decode(cut);
      ASSERT_FALSE(decoded.ok()) << vector["name"] << " at " << size;
      EXPECT_EQ(decoded.error().code, Code::kMalformed);
    }
  }
}

TEST(Operation, FlippedBitsAreRefusedOrMeanAnotherCanonicalOperation) {
  for (const auto& vector : vectors("operations.json")) {
    const Buffer bytes = from_hex(vector["hex"]);
    for (size_t bit = 0; bit < std::min<size_t>(bytes.size(), 400) * 8; ++bit) {
      Buffer bad = bytes;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
      const auto decoded = Operation::decode(bad);
      if (!decoded.ok()) continue;
      EXPECT_EQ((*decoded)->bytes(), bad);
      EXPECT_EQ(rebuilt(**decoded)->bytes(), (*decoded)->bare()) << "accepted, but not canonical";
    }
  }
}

TEST(Operation, OurOwnBytesAreWalked) {
  for (const auto& vector : vectors("operations.json")) {
    const Buffer bytes = from_hex(vector["hex"]);
    ByteView rest = bytes;
    const auto ours = Operation::decode_next(rest, Bytes::kOurs);
    ASSERT_TRUE(ours.ok() && rest.empty()) << vector["name"];
    EXPECT_EQ((*ours)->digest(), Operation::decode(bytes).value()->digest());
    EXPECT_EQ(rebuilt(**ours)->bytes(), (*ours)->bare());
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Buffer cut(bytes.data(), size);   // as above
      ByteView piece = cut;
      ASSERT_FALSE(Operation::decode_next(piece, Bytes::kOurs).ok()) << vector["name"] << " at " << size;
    }
    for (size_t bit = 0; bit < std::min<size_t>(bytes.size(), 400) * 8; ++bit) {
      Buffer bad = bytes;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
      ByteView all = bad;
      const auto decoded = Operation::decode_next(all, Bytes::kOurs);
      if (decoded.ok()) rebuilt(**decoded);   // whatever it means, it is read within its bounds
    }
  }
}

TEST(Operation, RandomBytesNeverCrash) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 50000; ++i) {
    Buffer bytes;
    for (uint64_t n = random() % 60; n > 0; --n) bytes.push_back(static_cast<char>(random()));
    if (!bytes.empty()) bytes[0] = static_cast<char>(0x92 + random() % 5);
    if (bytes.size() > 1) bytes[1] = static_cast<char>(random() % 9);
    Operation::decode(bytes).ok();
  }
}

TEST(Operation, NothingIsTooLargeToRefuse) {
  Buffer value;
  pack_bin(value, Buffer(limits::kMaxValueBytes - 5, 'v'));
  const Stamp stamp{1, 1};
  EXPECT_TRUE(Operation::decode(Operation::replace(stamp, "n", value, kNoStamp)->bytes()).ok());
  value.clear();
  pack_bin(value, Buffer(limits::kMaxValueBytes, 'v'));
  EXPECT_EQ(Operation::decode(Operation::replace(stamp, "n", value, kNoStamp)->bytes()).error().code, Code::kTooLarge);
  EXPECT_EQ(Operation::decode(Operation::link(stamp, "m", "", "n", value)->bytes()).error().code, Code::kTooLarge);
}

// What is not kept beside the bytes is read from them: an envelope's heads are as long as what they hold asks for.
TEST(Operation, ASignedOneOfAnySizeSaysWhatItHoldsSays) {
  const Buffer author(32, 'a'), proof(64, 'p');
  for (const size_t size : {size_t{1}, size_t{150}, size_t{300}, size_t{65400}, size_t{70000}}) {
    SCOPED_TRACE(size);
    Buffer value, envelope;
    pack_bin(value, Buffer(size, 'v'));
    const OperationRef bare = Operation::replace(Stamp{9, 8}, "a node", value, Stamp{7, 6});
    pack_array(envelope, 3);
    pack_bin(envelope, bare->bytes()), pack_bin(envelope, author), pack_bin(envelope, proof);
    const OperationRef o = Operation::decode(envelope).value();
    EXPECT_EQ(o->kind(), Kind::kReplace);
    EXPECT_EQ(o->stamp(), (Stamp{9, 8}));
    EXPECT_EQ(o->id(), "a node");
    EXPECT_EQ(o->value(), value);
    EXPECT_EQ(o->created(), (Stamp{7, 6}));
    EXPECT_EQ(o->bare(), bare->bytes());
    EXPECT_EQ(o->author(), author);
    EXPECT_EQ(o->proof(), proof);
    EXPECT_TRUE(o->label().empty() && o->target().empty() && o->fields().empty() && o->deleted().empty());
  }
}

TEST(Operation, OneAfterTheOther) {
  const Stamp stamp{5, 6};
  const Buffer row = Buffer(Operation::remove(stamp, "a")->bytes()) + Buffer(Operation::clear(stamp)->bytes()) + "\xc1";
  ByteView rest = row;
  EXPECT_EQ(Operation::decode_next(rest).value()->kind(), Kind::kRemove);
  EXPECT_EQ(Operation::decode_next(rest).value()->kind(), Kind::kClear);
  EXPECT_FALSE(Operation::decode_next(rest).ok());
  EXPECT_EQ(rest, "\xc1") << "an error does not move on";
}

TEST(Operation, PrecedesIsATotalOrderAlsoUnderOneStamp) {
  const Stamp stamp{5, 6};
  const std::vector<OperationRef> same = {Operation::remove(stamp, "a"), Operation::remove(stamp, "b"), Operation::clear(stamp)};
  for (const auto& a : same)
    for (const auto& b : same) EXPECT_EQ(precedes(*a, *b) + precedes(*b, *a), a.get() != b.get());
  EXPECT_FALSE(precedes(*same[0], *Operation::decode(same[0]->bytes()).value()));
  EXPECT_TRUE(precedes(*same[0], *Operation::clear(Stamp{5, 7})));
}

TEST(OperationRef, TheLastOneEndsIt) {
  OperationRef a = Operation::remove(Stamp{1, 1}, "a");
  EXPECT_TRUE(a->held_once());
  {
    const OperationRef b = a;
    EXPECT_FALSE(a->held_once());
    OperationRef c = std::move(a);
    a = c;
  }
  EXPECT_TRUE(a->held_once());
  a = nullptr;
  EXPECT_FALSE(a);
}

}  // namespace
}  // namespace weft
