#include "net/schnorr.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

extern "C" void weft_make_signing_table(void);   // wasm/secp256k1.c

namespace weft {
namespace {

const unsigned char* bytes_of(ByteView view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

// A keypair holds the secret: it is wiped when it leaves scope. `volatile` keeps the stores.
struct Keypair {
  secp256k1_keypair pair;
  ~Keypair() {
    volatile unsigned char* bytes = pair.data;
    for (size_t i = 0; i < sizeof pair.data; ++i) bytes[i] = 0;
  }
};

Error bad_secret() {
  return make_error(Code::kInvalidArgument, "secret: not a valid secp256k1 secret key");
}

// A context signs while it is made: the table comes first, once.
secp256k1_context* make_context() {
  static const bool made = (weft_make_signing_table(), true);
  (void)made;
  return secp256k1_context_create(SECP256K1_CONTEXT_NONE);
}

}  // namespace

Schnorr::Schnorr(const Bytes32& seed) : context_(make_context()) {
  WEFT_CHECK(context_ != nullptr);
  WEFT_CHECK(secp256k1_context_randomize(context_, seed.data()) == 1);
}

Schnorr::~Schnorr() { secp256k1_context_destroy(context_); }

Result<Bytes32> Schnorr::public_key(const Bytes32& secret) const {
  Keypair keys;
  if (!secp256k1_keypair_create(context_, &keys.pair, secret.data())) return bad_secret();
  secp256k1_xonly_pubkey point;
  WEFT_CHECK(secp256k1_keypair_xonly_pub(context_, &point, nullptr, &keys.pair) == 1);
  Bytes32 key;
  WEFT_CHECK(secp256k1_xonly_pubkey_serialize(context_, key.data(), &point) == 1);
  return key;
}

Result<Bytes64> Schnorr::sign(ByteView message, const Bytes32& secret, const Bytes32& aux) const {
  Keypair keys;
  if (!secp256k1_keypair_create(context_, &keys.pair, secret.data())) return bad_secret();
  Bytes32 aux_copy = aux;  // the library takes it as a mutable pointer
  secp256k1_schnorrsig_extraparams extra = SECP256K1_SCHNORRSIG_EXTRAPARAMS_INIT;
  extra.ndata = aux_copy.data();
  Bytes64 signature;
  secp256k1_xonly_pubkey point;
  const bool made =
      secp256k1_schnorrsig_sign_custom(context_, signature.data(), bytes_of(message), message.size(),
                                       &keys.pair, &extra) == 1 &&
      secp256k1_keypair_xonly_pub(context_, &point, nullptr, &keys.pair) == 1 &&
      secp256k1_schnorrsig_verify(context_, signature.data(), bytes_of(message), message.size(), &point) == 1;
  if (!made) return make_error(Code::kInternal, "the signature just made does not verify");
  return signature;
}

bool Schnorr::verify(ByteView message, const Bytes32& key, const Bytes64& signature) const {
  secp256k1_xonly_pubkey point;
  return secp256k1_xonly_pubkey_parse(context_, &point, key.data()) == 1 &&
         secp256k1_schnorrsig_verify(context_, signature.data(), bytes_of(message), message.size(), &point) == 1;
}

}  // namespace weft
