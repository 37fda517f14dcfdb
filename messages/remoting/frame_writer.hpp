#pragma once

#include "messages/remoting/codes.hpp"
#include "messages/remoting/command.hpp"
#include "messages/remoting/frame.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// What every header holds, whatever the command.
struct frame_head {
  std::int32_t code = 0;
  std::int32_t opaque = 0;
  std::int32_t flag = 0;
  std::string_view remark = {}; ///< empty: none; outlives the writer
  client_language language = client_language::java;
  std::int32_t version = protocol_version;
};

/// Head of an answer to `request`.
frame_head answer_to(const command& request, response_code code,
                     std::string_view remark = {});

/// Head of a request from the server to a client, with an opaque of its own.
frame_head request_to_client(request_code code, std::int32_t opaque,
                             bool is_oneway);

/// Appends one frame to a buffer, such as a socket's write buffer, without
/// temporaries:
///
///   frame_writer writer{buffer, request.type, answer_to(request, code)};
///   writer.field("queueId", queue);
///   append_stored_message(writer.body(), message);
///   if (!writer.finish()) …
///
/// From its construction to body(), and then to finish(), only the writer and
/// its user may touch the buffer. Without finish() the destructor takes back
/// what was appended.
class frame_writer {
public:
  frame_writer(std::vector<char>& out, serialize_type type,
               const frame_head& head);

  frame_writer(const frame_writer&) = delete;
  frame_writer& operator=(const frame_writer&) = delete;

  ~frame_writer();

  /// REQUIRES: each key comes once; before body().
  void field(std::string_view key, std::string_view value);

  template <std::integral T>

  requires(!std::same_as<T, bool> && !std::same_as<T, char>) void field(
    std::string_view key, T number) {
    number_field(key, static_cast<std::int64_t>(number));
  }

  template <std::same_as<bool> T>
  void field(std::string_view key, T value) {
    field(key, value ? std::string_view{"true"} : std::string_view{"false"});
  }

  /// Ends the header. What is appended to the buffer from now on is the body.
  std::vector<char>& body();

  /// Ends the frame. False, with nothing appended, when it is longer than
  /// clients take: over frame_bytes_max.
  [[nodiscard]] bool finish();

private:
  void number_field(std::string_view key, std::int64_t number);
  void begin_json();
  void begin_json_field(std::string_view key, std::size_t value_bytes);
  void end_json();
  void begin_binary();
  void end_binary();
  char* room(std::size_t bytes);
  void put(std::string_view text);
  void put_number(std::int64_t number);
  void put_escaped(std::string_view text);

  std::vector<char>& out_;
  frame_head head_;
  std::size_t start_;            ///< of the frame in the buffer
  std::size_t at_;               ///< behind what is written of the header
  std::size_t fields_start_ = 0; ///< binary: their length stands before it
  std::size_t header_bytes_ = 0;
  serialize_type type_;
  bool has_fields_ = false;
  bool has_body_ = false; ///< the header is complete
  bool is_finished_ = false;
};

/// Appends an answer that has neither fields nor a body.
void append_answer(std::vector<char>& out, const command& request,
                   response_code code, std::string_view remark = {});

} // namespace apogee::remoting
