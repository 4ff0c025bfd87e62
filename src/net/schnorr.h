// BIP-340 signatures over secp256k1, as Nostr uses them. The arithmetic is libsecp256k1's; this header only
// gives it our words.
//
// 1. Nothing here draws randomness: secret keys, auxiliary randomness and the blinding seed come from the host,
//    so that the same inputs always give the same bytes.
// 2. A signature is checked against its own public key before it leaves (BIP-340, "Default Signing").
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

struct secp256k1_context_struct;

namespace weft {

using Bytes32 = std::array<uint8_t, 32>;
using Bytes64 = std::array<uint8_t, 64>;

class Schnorr {
 public:
  // `seed`: 32 random bytes that blind the arithmetic against side channels; results do not depend on them.
  explicit Schnorr(const Bytes32& seed);
  ~Schnorr();
  Schnorr(const Schnorr&) = delete;
  Schnorr& operator=(const Schnorr&) = delete;

  // The x-only public key. INVALID_ARGUMENT: `secret` is 0 or not below the order of the curve.
  Result<Bytes32> public_key(const Bytes32& secret) const;

  // `message` may have any length; Nostr signs the 32 bytes of an event's id. `aux` is BIP-340's auxiliary
  // randomness: fresh random bytes harden the nonce, zeros stay correct.
  Result<Bytes64> sign(ByteView message, const Bytes32& secret, const Bytes32& aux) const;

  // False also when `key` is no point of the curve.
  bool verify(ByteView message, const Bytes32& key, const Bytes64& signature) const;

 private:
  secp256k1_context_struct* context_;
};

}  // namespace weft
