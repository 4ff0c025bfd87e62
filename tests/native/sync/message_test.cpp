#include "sync/message.h"

#include <gtest/gtest.h>

#include <random>


namespace weft {
namespace {

Operations several(size_t count) {
  Operations operations;
  Buffer fields, none;
  pack_map(fields, 1);
  pack_str(fields, "name");
  pack_str(fields, "a text that repeats itself");
  pack_array(none, 0);
  for (size_t i = 0; i < count; ++i) {
    const Stamp stamp{1000 + i, 7};
    operations.push_back(i % 3 == 2 ? Operation::link(stamp, "a", "knows", "b" + std::to_string(i), {})
                                    : Operation::create(stamp, "node" + std::to_string(i), fields, none));
  }
  return operations;
}

Claim some_claim() {
  Claim claim;
  claim.count = 12;
  claim.hash.fill(0xab);
  return claim;
}

std::vector<Message> one_of_each() {
  std::vector<Message> messages;
  for (uint8_t type = 1; type < kMessageTypes; ++type) {
    Message message;
    message.type = static_cast<MessageType>(type);
    message.sync.replica = 0xfedcba9876543210;
    message.sync.watermark = Stamp{77, 3};
    message.sync.claim = message.claim = some_claim();
    message.sync.round = 1;
    message.sync.asks = false;
    message.sync.held = 5;
    message.in_place = message.moved = true;
    message.operations = several(6);
    message.exchange = 3;
    message.ranges = "bytes of a reconciliation";
    message.need.resize(2);
    messages.push_back(message);
  }
  return messages;
}

TEST(Message, EachTypeComesBackAsItWas) {
  for (const Message& message : one_of_each())
    for (const size_t compress_above : {size_t{0}, size_t{1} << 30}) {
      const Buffer bytes = encode(message, compress_above);
      const Result<Message> decoded = decode(bytes);
      ASSERT_TRUE(decoded.ok()) << message_name(message.type) << ": " << decoded.error().message;
      EXPECT_EQ(decoded->type, message.type);
      EXPECT_EQ(encode(*decoded, compress_above), bytes) << message_name(message.type);
    }
}

TEST(Message, SyncCarriesEveryField) {
  const Message sent = one_of_each()[0];
  const Result<Message> got = decode(encode(sent, 512));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->sync.replica, sent.sync.replica);
  EXPECT_EQ(got->sync.watermark, sent.sync.watermark);
  EXPECT_EQ(got->sync.claim, sent.sync.claim);
  EXPECT_TRUE(got->sync.floor.is_none());
  EXPECT_EQ(got->sync.modes, kOffersDelta | kOffersFull);
  EXPECT_EQ(got->sync.round, 1);
  EXPECT_FALSE(got->sync.asks);
  EXPECT_EQ(got->sync.held, 5u);
}

TEST(Message, ASyncSaysItsWatermarkAndFloorInTheirShortForms) {
  Message message = one_of_each()[0];
  const auto sent = [&message] { return decode(encode(message, 512))->sync; };
  message.sync.watermark = Stamp{77, message.sync.replica};   // its own: the writer is left out
  EXPECT_EQ(sent().watermark, message.sync.watermark);
  message.sync.watermark = kNoStamp;
  EXPECT_EQ(sent().watermark, kNoStamp);
  for (const Stamp& floor : {Stamp::make(5'000, 0, 0), Stamp::make(5'000, 0, 1), Stamp::make(5'999, 7, 1)}) {
    message.sync.floor = floor;
    EXPECT_GE(sent().floor, floor);   // never below: that would promise too much
    EXPECT_LT(sent().floor.physical_ms(), floor.physical_ms() + 1001);
  }
  message.sync.floor = Stamp{UINT64_MAX, 1};
  EXPECT_TRUE(decode(encode(message, 512)).ok());
}

TEST(Message, ASyncInAnotherFormIsRefused) {
  const auto code_of = [](std::initializer_list<uint64_t> front, std::initializer_list<uint64_t> back) {
    Buffer bytes{1, 1, 0};
    pack_array(bytes, static_cast<uint32_t>(front.size() + 1 + back.size()));
    for (const uint64_t entry : front) pack_uint(bytes, entry);
    pack_bin(bytes, Buffer(16, 'h'));
    for (const uint64_t entry : back) pack_uint(bytes, entry);
    const Result<Message> decoded = decode(bytes);
    return decoded.ok() ? Code::kOk : decoded.error().code;
  };
  EXPECT_EQ(code_of({9, 29, 5, 0, 3}, {0}), Code::kOk);
  EXPECT_EQ(code_of({0, 29, 5, 0, 3}, {0}), Code::kMalformed);      // nobody
  EXPECT_EQ(code_of({9, 29, 5, 9, 3}, {0}), Code::kMalformed);      // the sender's own, spelt out
  EXPECT_EQ(code_of({9, 29, 0, 8, 3}, {0}), Code::kMalformed);      // a writer of nothing
  EXPECT_EQ(code_of({9, 29, 5, 0, 3}, {0, 0}), Code::kMalformed);   // held, and none
  EXPECT_EQ(code_of({9, 29, 5, 0, 3}, {0, 1, 1}), Code::kMalformed);
  EXPECT_EQ(code_of({9, 29, 5, 0, 3}, {UINT64_MAX}), Code::kMalformed);
}

TEST(Message, AClaimTellsFingerprintsApart) {
  Fingerprint fingerprint;
  fingerprint.count = 3;
  const Claim claim = claim_of(fingerprint);
  fingerprint.sum[0] = 1;
  EXPECT_NE(claim_of(fingerprint), claim);
  fingerprint.sum[0] = 0;
  fingerprint.count = 4;
  EXPECT_NE(claim_of(fingerprint), claim);
  fingerprint.count = 3;
  EXPECT_EQ(claim_of(fingerprint), claim);
}

TEST(Message, IsDeflatedOnlyAboveTheBoundAndWhenThatIsSmaller) {
  Message message;
  message.type = MessageType::kLive;
  message.operations = several(50);
  size_t raw = 0;
  const Buffer packed = encode(message, 512, &raw);
  EXPECT_EQ(packed[2], 1);
  EXPECT_LT(packed.size(), raw);
  EXPECT_EQ(encode(message, raw, nullptr)[2], 0);
  message.operations.clear();
  EXPECT_EQ(encode(message, 0)[2], 0);
}

TEST(Message, UnknownVersionsTypesAndFlagsAreRefusedByName) {
  Buffer bytes = encode(one_of_each()[0], 512);
  const auto code_with = [&bytes](size_t at, char value) {
    Buffer changed = bytes;
    changed[at] = value;
    return decode(changed).error().code;
  };
  EXPECT_EQ(code_with(0, 2), Code::kUnsupportedVersion);
  EXPECT_EQ(code_with(0, 0), Code::kUnsupportedVersion);
  for (const char type : {0, 13, 15, 16, 31, 100, -1}) EXPECT_EQ(code_with(1, type), Code::kUnknownMessage);
  EXPECT_EQ(code_with(2, 2), Code::kMalformed);
  EXPECT_EQ(decode("").error().code, Code::kMalformed);
}

TEST(Message, TruncatedAnywhereIsRefused) {
  for (const Message& message : one_of_each())
    for (const size_t compress_above : {size_t{0}, size_t{1} << 30}) {
      const Buffer bytes = encode(message, compress_above);
      for (size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(decode(ByteView(bytes).substr(0, length)).ok()) << message_name(message.type) << " " << length;
      EXPECT_FALSE(decode(bytes + '\0').ok());
    }
}

bool is_packed(MessageType type) { return type == MessageType::kFull || type == MessageType::kPart; }

// A flipped bit may give another message, never one that does not say itself again. Columns may be packed in several
// ways, but what they say is said again.
TEST(Message, FlippedBitsAreRefusedOrReadExactly) {
  for (const Message& message : one_of_each()) {
    const Buffer bytes = encode(message, size_t{1} << 30);
    for (size_t at = 0; at < bytes.size(); ++at)
      for (int bit = 0; bit < 8; ++bit) {
        Buffer flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
        const Result<Message> decoded = decode(flipped);
        if (!decoded) continue;
        const Buffer again = encode(*decoded, size_t{1} << 30);
        if (!is_packed(decoded->type)) EXPECT_EQ(again, flipped) << message_name(message.type) << " " << at;
        else EXPECT_EQ(encode(*decode(again), size_t{1} << 30), again) << message_name(message.type) << " " << at;
      }
  }
}

TEST(Message, NoiseIsRefused) {
  std::mt19937 engine(2);
  for (int run = 0; run < 20'000; ++run) {
    Buffer noise{1, static_cast<char>(1 + engine() % (kMessageTypes - 1)), static_cast<char>(engine() % 2)};
    for (unsigned left = engine() % 60; left > 0; --left) noise += static_cast<char>(engine());
    const Result<Message> decoded = decode(noise);
    if (!decoded) continue;
    EXPECT_TRUE(decoded->type == MessageType::kRequest || decoded->type == MessageType::kBye);
  }
}

TEST(Message, ACountThatIsNotThereIsNotBelieved) {
  for (const Buffer& payload : {Buffer("\x91\xdd\xff\xff\xff\xff", 6), Buffer("\x91\xdc\xff\xff", 4)})
    EXPECT_EQ(decode(Buffer{1, 2, 0} + payload).error().code, Code::kMalformed);
}

TEST(Message, AnOperationThatIsRefusedIsNamed) {
  Buffer payload;
  pack_array(payload, 1);
  pack_array(payload, 2);
  payload += several(1)[0]->bytes();
  payload += Buffer("\x92\x1f\xc0", 3) + Buffer(40, 'x');  // kind 31 is reserved
  const Result<Message> decoded = decode(Buffer{1, 2, 0} + payload);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().path, "operations[1]");
}

}  // namespace
}  // namespace weft
