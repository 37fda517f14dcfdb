#pragma once

#include "actors/remoting/messages.hpp"
#include "actors/remoting/response_codes.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/field_reader.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace apogee::remoting {

/// A request that a session has left to a service, decoded again. Its views
/// lead into the frame: keep the service_request as long.
class read_request {
public:
  /// REQUIRES: the frame is whole and decodes, as a session has seen.
  explicit read_request(const service_request& from) {
    const auto next = find_frame(from.frame);
    APOGEE_CHECK(next && next->missing_bytes == 0
                 && decoder_.decode(next->found));
  }

  const command& operator*() const { return decoder_.decoded(); }

  const command* operator->() const { return &decoder_.decoded(); }

  request_code code() const {
    return static_cast<request_code>(decoder_.decoded().code);
  }

private:
  command_decoder decoder_;
};

/// Which member function of a service handles which request.
template <class Handler>
class request_table {
public:
  request_table(
    std::initializer_list<std::pair<const request_code, Handler>> entries)
    : handlers_(entries) {
    for (const auto& [code, handler] : handlers_)
      codes_.push_back(static_cast<std::int32_t>(code));
  }

  const std::vector<std::int32_t>& codes() const { return codes_; }

  /// REQUIRES: one of the codes, by which sessions ask.
  Handler at(request_code code) const {
    const auto found = handlers_.find(code);
    APOGEE_CHECK(found != handlers_.end());
    return found->second;
  }

private:
  std::map<request_code, Handler> handlers_;
  std::vector<std::int32_t> codes_;
};

inline service_answer refusal(const failure& why) {
  return {code_of(why), why.text};
}

inline service_answer refusal(response_code code, std::string remark) {
  return {code, std::move(remark)};
}

} // namespace apogee::remoting
