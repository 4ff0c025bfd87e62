// Nostr events: drafts are decoded within bounds or refused, ids match those other implementations compute.
#include "net/event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace weft {
namespace {

std::string little_endian(uint64_t value, size_t width) {
  std::string out;
  for (size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

std::string text(const std::string& bytes) { return little_endian(bytes.size(), 4) + bytes; }

std::string draft(uint64_t created_at, uint32_t kind, const std::vector<std::vector<std::string>>& tags,
                  const std::string& content) {
  std::string out = little_endian(created_at, 8) + little_endian(kind, 4) + little_endian(tags.size(), 2);
  for (const auto& tag : tags) {
    out += little_endian(tag.size(), 2);
    for (const std::string& item : tag) out += text(item);
  }
  return out + text(content);
}

std::string hex(const Bytes32& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

Code code_of(const std::string& bytes) {
  const Result<Event> event = decode_event_draft(bytes);
  return event ? Code::kOk : event.error().code;
}

TEST(Event, decodes_what_was_drafted) {
  const std::string bytes = draft(1700000000, 25431, {{"x", "topic"}, {}, {"e"}}, "content");
  const Result<Event> event = decode_event_draft(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->created_at, 1700000000u);
  EXPECT_EQ(event->kind, 25431u);
  ASSERT_EQ(event->tags.size(), 3u);
  EXPECT_EQ(event->tags[0][1], "topic");
  EXPECT_TRUE(event->tags[1].empty());
  EXPECT_EQ(event->content, "content");
}

TEST(Event, canonical_json_is_compact_and_escapes_like_json_stringify) {
  const std::string control("\x01\x1f\x7f", 3);
  const std::string bytes =
      draft(1, 2, {{"a", "b\"c\\d"}, {"e"}}, "\b\f\n\r\t" + control + "/é\xf0\x9f\x98\x80\xe2\x80\xa8");
  const Result<Event> event = decode_event_draft(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(canonical_event_json(*event, Bytes32{0xab}),
            "[0,\"ab" + std::string(62, '0') +
                "\",1,2,[[\"a\",\"b\\\"c\\\\d\"],[\"e\"]],\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/é"
                "\xf0\x9f\x98\x80\xe2\x80\xa8\"]");
}

// The id and key that nostr-tools 2.25.2 gives for this event and this secret.
TEST(Event, id_matches_nostr_tools) {
  const Schnorr schnorr(Bytes32{1});
  Bytes32 secret{};
  secret[31] = 3;
  const Bytes32 key = *schnorr.public_key(secret);
  EXPECT_EQ(hex(key), "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9");
  const std::string bytes = draft(1700000000, 25431, {{"x", "00ff"}, {"t", "q\"\n"}}, "h\xc3\xa9llo \x01\\");
  const Result<Event> event = decode_event_draft(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(hex(event_id(*event, key)), "896ec216a87c2805a2c9a09f133bb8dab9ed809ede9074e53b236f0016c60f32");
}

TEST(Event, what_is_signed_verifies_and_nothing_else_does) {
  const Schnorr schnorr(Bytes32{1});
  const Bytes32 secret{7};
  const Bytes32 key = *schnorr.public_key(secret);
  const std::string bytes = draft(1700000000, 25431, {{"x", "topic"}}, "content");
  const Event event = *decode_event_draft(bytes);
  const Result<EventProof> proof = sign_event(schnorr, event, secret, Bytes32{1});
  ASSERT_TRUE(proof);
  EXPECT_EQ(verify_event(schnorr, event, key, *proof), EventVerdict::kValid);

  Event other = event;
  other.content = "contend";
  EXPECT_EQ(verify_event(schnorr, other, key, *proof), EventVerdict::kWrongId);
  other = event;
  other.created_at += 1;
  EXPECT_EQ(verify_event(schnorr, other, key, *proof), EventVerdict::kWrongId);
  other = event;
  other.tags[0][1] = "topid";
  EXPECT_EQ(verify_event(schnorr, other, key, *proof), EventVerdict::kWrongId);

  EventProof forged = *proof;
  forged.signature[40] ^= 1;
  EXPECT_EQ(verify_event(schnorr, event, key, forged), EventVerdict::kBadSignature);
  forged = *proof;
  forged.id[0] ^= 1;
  EXPECT_EQ(verify_event(schnorr, event, key, forged), EventVerdict::kWrongId);
  // Another's key with an id that is right for it: only the signature can tell.
  const Bytes32 stranger = *schnorr.public_key(Bytes32{8});
  forged = {event_id(event, stranger), proof->signature};
  EXPECT_EQ(verify_event(schnorr, event, stranger, forged), EventVerdict::kBadSignature);
}

TEST(Event, auxiliary_randomness_changes_the_signature_but_not_the_id) {
  const Schnorr schnorr(Bytes32{1});
  const std::string bytes = draft(1, 1, {}, "");
  const Event event = *decode_event_draft(bytes);
  const EventProof one = *sign_event(schnorr, event, Bytes32{7}, Bytes32{1});
  const EventProof same = *sign_event(schnorr, event, Bytes32{7}, Bytes32{1});
  const EventProof two = *sign_event(schnorr, event, Bytes32{7}, Bytes32{2});
  EXPECT_EQ(one.id, two.id);
  EXPECT_EQ(one.signature, same.signature);
  EXPECT_NE(one.signature, two.signature);
}

TEST(Event, a_draft_cut_anywhere_or_followed_by_more_is_malformed) {
  const std::string bytes = draft(1700000000, 25431, {{"x", "topic"}, {"y"}}, "content");
  ASSERT_EQ(code_of(bytes), Code::kOk);
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_EQ(code_of(bytes.substr(0, length)), Code::kMalformed) << "length " << length;
  EXPECT_EQ(code_of(bytes + '\0'), Code::kMalformed);
}

TEST(Event, every_bound_holds) {
  EXPECT_EQ(code_of(draft(uint64_t{1} << 53, 1, {}, "")), Code::kMalformed);
  EXPECT_EQ(code_of(draft((uint64_t{1} << 53) - 1, 65535, {}, "")), Code::kOk);
  EXPECT_EQ(code_of(draft(1, 65536, {}, "")), Code::kMalformed);
  const std::vector<std::string> tag{"x"};
  EXPECT_EQ(code_of(draft(1, 1, std::vector(limits::kMaxEventTags, tag), "")), Code::kOk);
  EXPECT_EQ(code_of(draft(1, 1, std::vector(limits::kMaxEventTags + 1, tag), "")), Code::kTooLarge);
  EXPECT_EQ(code_of(draft(1, 1, {std::vector<std::string>(limits::kMaxEventTagItems + 1)}, "")), Code::kTooLarge);
  EXPECT_EQ(code_of(draft(1, 1, {}, std::string(limits::kMaxEventBytes, 'a'))), Code::kTooLarge);
  // A length that promises four gigabytes asks for none.
  EXPECT_EQ(code_of(little_endian(1, 8) + little_endian(1, 4) + little_endian(0, 2) + "\xff\xff\xff\xff"),
            Code::kMalformed);
}

}  // namespace
}  // namespace weft
