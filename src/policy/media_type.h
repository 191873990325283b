// Which notation a message is in, and which a client wants, as the converting policies ask (reference 2.7).
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace sluice::policy {

enum class Notation : uint8_t { Json, Xml };

// application/json, text/json, application/problem+json; for XML likewise. Parameters do not matter.
bool isOf(std::string_view media_type, Notation notation);
// The message's Content-Type says so.
bool hasNotation(const http::Headers& headers, Notation notation);
// The Accept header names the notation (*/* does not) and does not refuse it by q=0.
bool asksFor(const http::Headers& headers, Notation notation);

}  // namespace sluice::policy
