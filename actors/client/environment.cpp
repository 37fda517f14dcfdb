#include "actors/client/environment.hpp"

#include "messages/errors.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman_actor.hpp>

namespace apogee::client {

environment default_environment(caf::actor_system& sys) {
  APOGEE_CHECK(sys.has_middleman());
  return {caf::actor_cast<caf::actor>(sys.middleman().actor_handle()), true};
}

} // namespace apogee::client
