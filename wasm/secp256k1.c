/* libsecp256k1 as one unit, with its table for signing made at start instead of shipped: 32 KB of points on a curve,
   which no compression makes smaller; making them takes a few milliseconds. weft_make_signing_table comes first. */
#define SECP256K1_BUILD
#define SECP256K1_PRECOMPUTED_ECMULT_GEN_H /* the library's declaration of the table: const, and elsewhere */
#include "include/secp256k1.h"

#include "src/group.h"
#include "src/ecmult_gen.h"
static secp256k1_ge_storage
    secp256k1_ecmult_gen_prec_table[ECMULT_GEN_PREC_N(ECMULT_GEN_PREC_BITS)][ECMULT_GEN_PREC_G(ECMULT_GEN_PREC_BITS)];

#include "src/secp256k1.c"

#include "src/ecmult_gen_compute_table_impl.h"

void weft_make_signing_table(void);
void weft_make_signing_table(void) {
  secp256k1_ecmult_gen_compute_table(&secp256k1_ecmult_gen_prec_table[0][0], &secp256k1_ge_const_g,
                                     ECMULT_GEN_PREC_BITS);
}
