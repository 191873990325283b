// Plays a Reply onto a connection: its latency, the pace of its stream, its cuts and resets; and counts how it ended.
#pragma once

#include <string_view>

#include "http/server.h"
#include "simulator/counters.h"
#include "simulator/message.h"

namespace sluice::simulator {

// Reads a whole request; nullopt: it was refused or its client left, and nothing more is to be done.
runtime::Task<std::optional<Request>> readRequest(http::ServerExchange& exchange);

// `tally` may be null; it must outlive the task.
runtime::Task<void> play(http::ServerExchange& exchange, Reply reply, Tally* tally);

}  // namespace sluice::simulator
