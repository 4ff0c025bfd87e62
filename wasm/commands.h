// The numbers of the commands that cross as bytes; js/core/commands.js says the same, a test compares.
//
// Arguments lie in the inbox. A "counted" string is [u16 little-endian length][UTF-8]; whatever
// follows the counted strings is the rest, as it is. A result of 0 means "no" or "nothing".
#pragma once
#include <cstdint>

namespace weft::wasm {

// X(enumerator, number): arguments → result; what the outbox holds afterwards
#define WEFT_COMMANDS(X)                                                                          \
  X(kPut, 1)            /* id, rest: value → 0                                                 */ \
  X(kGet, 2)            /* id, u32 generation → 1 found; a frame of nodes (core/held.h)        */ \
  X(kRemove, 3)         /* id → 1 removed                                                      */ \
  X(kLink, 4)           /* source, label, target, rest: value or nothing → 1 linked            */ \
  X(kUnlink, 5)         /* source, label, target → 1 unlinked                                  */ \
  X(kClear, 6)          /* nothing → 1 cleared                                                 */ \
  X(kBatch, 7)          /* rest: array of commands (core/replica.h) → 0                        */ \
  X(kLinks, 8)          /* id, rest: u8 direction, then nothing or a label → 0; array of links */ \
  X(kMap, 9)            /* u32 generation, rest: query as JSON → 0; a frame of nodes           */ \
  X(kSubscribe, 10)     /* rest: query as JSON → the subscription                              */ \
  X(kSubscribeNode, 11) /* id → the subscription                                               */ \
  X(kExport, 12)        /* nothing → 0; the state                                              */ \
  X(kImport, 13)        /* rest: a state → the ticket, 0 when done                             */ \
  X(kRestore, 14)       /* rest: a state → how many were written                               */ \
  X(kLoad, 15)          /* rest: journal bytes → 0                                             */ \
  X(kSnapshot, 16)      /* nothing → 0; a journal                                              */ \
  X(kReceive, 17)       /* u32 link, rest: a message → 0                                       */ \
  X(kVerdict, 18)       /* u32 ticket, rest: a byte an operation → 0                           */ \
  X(kHash, 19)          /* rest: value → 0; its SHA-256, canonical, as 64 hex digits           */ \
  X(kCount, 20)         /* rest: query as JSON → how many nodes                                */ \
  X(kExplain, 21)       /* rest: query as JSON → 0; JSON                                       */ \
  X(kIndex, 22)         /* rest: a field or dot path → 0                                       */ \
  X(kBeginImport, 23)   /* rest: a state → the number of the import                            */

enum class Command : uint32_t {
#define WEFT_X(enumerator, number) enumerator = number,
  WEFT_COMMANDS(WEFT_X)
#undef WEFT_X
};

}  // namespace weft::wasm
