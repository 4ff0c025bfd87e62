// BIP-340's own vectors, every row: what can be signed is signed to the published bytes, everything is verified.
#include "net/schnorr.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weft {
namespace {

#ifndef WEFT_VECTORS
#define WEFT_VECTORS "tests/vectors"
#endif

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

template <class Bytes>
Bytes fixed(const std::string& hex) {
  const std::string bytes = from_hex(hex);
  Bytes out{};
  EXPECT_EQ(bytes.size(), out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

struct Row {
  std::string index, secret, key, aux, message, signature, verdict;
};

std::vector<Row> rows() {
  std::ifstream file(std::string(WEFT_VECTORS) + "/bip-0340.csv");
  EXPECT_TRUE(file.good()) << "no vectors in " << WEFT_VECTORS;
  std::vector<Row> all;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    Row row;
    for (std::string* cell : {&row.index, &row.secret, &row.key, &row.aux, &row.message, &row.signature, &row.verdict})
      std::getline(cells, *cell, ',');
    all.push_back(row);
  }
  return all;
}

TEST(Schnorr, verifies_every_bip340_row_as_published) {
  const Schnorr schnorr(Bytes32{1});
  const std::vector<Row> all = rows();
  ASSERT_EQ(all.size(), 19u);
  for (const Row& row : all) {
    const bool valid =
        schnorr.verify(from_hex(row.message), fixed<Bytes32>(row.key), fixed<Bytes64>(row.signature));
    EXPECT_EQ(valid, row.verdict == "TRUE") << "row " << row.index;
  }
}

TEST(Schnorr, signs_every_bip340_row_that_has_a_secret_to_the_published_bytes) {
  const Schnorr schnorr(Bytes32{2});
  int signed_rows = 0;
  for (const Row& row : rows()) {
    if (row.secret.empty()) continue;
    ++signed_rows;
    const Bytes32 secret = fixed<Bytes32>(row.secret);
    const Result<Bytes32> key = schnorr.public_key(secret);
    ASSERT_TRUE(key) << "row " << row.index;
    EXPECT_EQ(*key, fixed<Bytes32>(row.key)) << "row " << row.index;
    const Result<Bytes64> signature = schnorr.sign(from_hex(row.message), secret, fixed<Bytes32>(row.aux));
    ASSERT_TRUE(signature) << "row " << row.index;
    EXPECT_EQ(*signature, fixed<Bytes64>(row.signature)) << "row " << row.index;
  }
  EXPECT_EQ(signed_rows, 8);
}

TEST(Schnorr, the_blinding_seed_changes_no_result) {
  const Schnorr one(Bytes32{1}), two(Bytes32{0xff, 7});
  const Bytes32 secret{9, 9, 9};
  EXPECT_EQ(*one.public_key(secret), *two.public_key(secret));
  EXPECT_EQ(*one.sign("message", secret, Bytes32{}), *two.sign("message", secret, Bytes32{}));
}

TEST(Schnorr, refuses_a_secret_that_is_zero_or_not_below_the_order) {
  const Schnorr schnorr(Bytes32{1});
  const auto order = fixed<Bytes32>("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");
  auto below = order;
  below[31] -= 1;
  for (const Bytes32& secret : {Bytes32{}, order}) {
    EXPECT_EQ(schnorr.public_key(secret).error().code, Code::kInvalidArgument);
    EXPECT_EQ(schnorr.sign("message", secret, Bytes32{}).error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(schnorr.public_key(below).ok());
}

TEST(Schnorr, a_flipped_bit_anywhere_fails) {
  const Schnorr schnorr(Bytes32{1});
  const Bytes32 secret{5};
  const Bytes32 key = *schnorr.public_key(secret);
  const Bytes64 signature = *schnorr.sign("message", secret, Bytes32{3});
  ASSERT_TRUE(schnorr.verify("message", key, signature));
  EXPECT_FALSE(schnorr.verify("messagf", key, signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    Bytes64 other = signature;
    other[i] ^= 1;
    EXPECT_FALSE(schnorr.verify("message", key, other)) << "signature byte " << i;
  }
  for (size_t i = 0; i < key.size(); ++i) {
    Bytes32 other = key;
    other[i] ^= 1;
    EXPECT_FALSE(schnorr.verify("message", other, signature)) << "key byte " << i;
  }
}

}  // namespace
}  // namespace weft
