#include "core/replica.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "core/values.h"

namespace weft {
namespace {

using test::map_of;
using test::number;

constexpr uint64_t kNow = 1'700'000'000'000;

ReplicaOptions options(uint64_t id) {
  ReplicaOptions made;
  made.replica_id = id;
  made.max_drift_ms = limits::kDefaultMaxDriftMs;
  return made;
}

TEST(Replica, GivesBackWhatWasPut) {
  Replica replica(options(1));
  ASSERT_TRUE(replica.put("a", map_of({{"x", number(1)}}), kNow).ok());
  Buffer out;
  ASSERT_TRUE(*replica.get("a", out));
  EXPECT_FALSE(*replica.get("b", out));
}

TEST(Replica, TwoReplicasMeet) {
  Replica a(options(1)), b(options(2));
  ASSERT_TRUE(a.put("a", map_of({{"x", number(1)}}), kNow).ok());
  a.take_effects(true, kNow);
  ASSERT_TRUE(a.link_open(1, {}, kNow).ok());
  ASSERT_TRUE(b.link_open(1, {}, kNow).ok());
  for (bool quiet = false; !quiet;) {
    quiet = true;
    for (auto [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}})
      for (const Effect& effect : from->take_effects(true, kNow))
        if (effect.kind == EffectKind::kSend) {
          to->receive(1, effect.payload, kNow);
          quiet = false;
        }
  }
  EXPECT_EQ(a.graph().fingerprint(), b.graph().fingerprint());
  EXPECT_NE(a.sync_status_json().find("\"state\":\"proved\""), std::string::npos) << a.sync_status_json();
}

}  // namespace
}  // namespace weft
