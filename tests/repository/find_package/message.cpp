#include "messages/envelope.hpp"
#include "messages/message.capnp.h"

#include <iostream>

int main() {
  using apogee::schema::Message;
  auto message = apogee::envelope<Message>::build(
    [](Message::Builder builder) { builder.setFlag(7); });
  std::cout << "a message of " << message.size_bytes() << " bytes\n";
}
