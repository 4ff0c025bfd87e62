// Origin: where an operation came from, which decides where it goes next.
//
//   source   to the journal   to peers      to other tabs   may be quarantined
//   kOwn     yes              yes           yes             no
//   kStore   no               no            no              no
//   kPeer    yes              no            yes             yes
//   kTab     yes              if a bridge   no              yes
//   kImport  yes              yes           yes             yes
#pragma once
#include <cstdint>

namespace weft {

enum class Source : uint8_t { kOwn, kStore, kPeer, kTab, kImport };

struct Origin {
  Source source = Source::kOwn;
  bool bridge = false;       // kTab: its operations are relayed to peers
  bool persisted = false;    // written to the journal when it arrived

  bool is_foreign() const { return source != Source::kOwn && source != Source::kStore; }
  bool goes_to_journal() const { return source != Source::kStore && !persisted; }
  bool goes_to_peers() const {
    return source == Source::kOwn || source == Source::kImport || (source == Source::kTab && bridge);
  }
  bool goes_to_tabs() const { return source != Source::kStore && source != Source::kTab; }
};

}  // namespace weft
