#include "http/codec.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sluice::http {
namespace {

ParseResult parse(std::string_view text, RequestHead& head, size_t seen = 0) {
  return parseRequestHead(text, HeadLimits(), head, seen);
}
ParseStatus statusOf(std::string_view text) {
  RequestHead head;
  return parse(text, head).status;
}

TEST(RequestHeadTest, ReadsAnOrdinaryHead) {
  const std::string text =
      "POST /openai/deployments/gpt/chat/completions?api-version=2024 HTTP/1.1\r\n"
      "Host: example.org:8080\r\nContent-Length: 17\r\nauthorization:  Bearer abc\t \r\nX-Empty:\r\n"
      "X-Obs: caf\xc3\xa9\r\nConnection: Keep-Alive, TE\r\n\r\nbody";
  RequestHead head;
  const ParseResult result = parse(text, head);
  ASSERT_EQ(result.status, ParseStatus::Done) << result.problem;
  EXPECT_EQ(text.substr(result.consumed), "body");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/openai/deployments/gpt/chat/completions?api-version=2024");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.headers.size(), 6u);
  EXPECT_EQ(*head.headers.find("Authorization"), "Bearer abc");
  EXPECT_EQ(*head.headers.find("x-empty"), "");
  EXPECT_EQ(*head.headers.find("X-OBS"), "caf\xc3\xa9");
  EXPECT_EQ(head.framing, Framing::Length);
  EXPECT_EQ(head.content_length, 17u);
  EXPECT_TRUE(head.keep_alive);
}

struct Case {
  const char* name;
  std::string text;
  ParseStatus status;
};

std::string withFields(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

class RequestCases : public ::testing::TestWithParam<Case> {};

TEST_P(RequestCases, AreJudgedRight) {
  EXPECT_EQ(statusOf(GetParam().text), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Accepted, RequestCases,
    ::testing::Values(Case{"http10_without_host", "GET / HTTP/1.0\r\n\r\n", ParseStatus::Done},
                      Case{"absolute_form", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Done},
                      Case{"absolute_form_other_case", "GET HTTP://A:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n",
                           ParseStatus::Done},
                      Case{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Done},
                      Case{"leading_empty_line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Done},
                      Case{"chunked", withFields("Transfer-Encoding: chunked\r\n"), ParseStatus::Done},
                      Case{"chunked_other_case", withFields("transfer-encoding: CHUNKED\r\n"), ParseStatus::Done},
                      Case{"newer_minor_version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", ParseStatus::Done},
                      Case{"ipv6_host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ParseStatus::Done},
                      Case{"length_zero", withFields("Content-Length: 0\r\n"), ParseStatus::Done},
                      Case{"custom_method", "M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Done}),
    [](const auto& each) { return each.param.name; });

// What smugglers send, and what no honest client does.
INSTANTIATE_TEST_SUITE_P(
    Refused, RequestCases,
    ::testing::Values(
        Case{"bare_lf_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"bare_lf_field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", ParseStatus::Malformed},
        Case{"bare_lf_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", ParseStatus::Malformed},
        Case{"bare_cr_in_value", withFields("X: a\rb\r\n"), ParseStatus::Malformed},
        Case{"cr_cr_lf", withFields("X: a\r\r\n"), ParseStatus::Malformed},
        Case{"nul_in_value", withFields(std::string("X: a\0b\r\n", 8)), ParseStatus::Malformed},
        Case{"control_in_value", withFields("X: a\x01\r\n"), ParseStatus::Malformed},
        Case{"del_in_value", withFields("X: a\x7f\r\n"), ParseStatus::Malformed},
        Case{"space_before_colon", withFields("Content-Length : 5\r\n"), ParseStatus::Malformed},
        Case{"tab_before_colon", withFields("Content-Length\t: 5\r\n"), ParseStatus::Malformed},
        Case{"folded", withFields("X: a\r\n b\r\n"), ParseStatus::Malformed},
        Case{"folded_by_tab", withFields("X: a\r\n\tb\r\n"), ParseStatus::Malformed},
        Case{"folded_first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", ParseStatus::Malformed},
        Case{"empty_name", withFields(": a\r\n"), ParseStatus::Malformed},
        Case{"no_colon", withFields("nothing\r\n"), ParseStatus::Malformed},
        Case{"name_with_brace", withFields("a{b: c\r\n"), ParseStatus::Malformed},
        Case{"name_with_obs_text", withFields("caf\xc3\xa9: c\r\n"), ParseStatus::Malformed},
        Case{"two_lengths", withFields("Content-Length: 5\r\nContent-Length: 6\r\n"), ParseStatus::Malformed},
        Case{"two_equal_lengths", withFields("Content-Length: 5\r\ncontent-length: 5\r\n"), ParseStatus::Malformed},
        Case{"length_list", withFields("Content-Length: 5, 5\r\n"), ParseStatus::Malformed},
        Case{"length_plus", withFields("Content-Length: +5\r\n"), ParseStatus::Malformed},
        Case{"length_minus", withFields("Content-Length: -5\r\n"), ParseStatus::Malformed},
        Case{"length_hex", withFields("Content-Length: 0x5\r\n"), ParseStatus::Malformed},
        Case{"length_space", withFields("Content-Length: 5 5\r\n"), ParseStatus::Malformed},
        Case{"length_empty", withFields("Content-Length:\r\n"), ParseStatus::Malformed},
        Case{"length_huge", withFields("Content-Length: 99999999999999999999\r\n"), ParseStatus::Malformed},
        Case{"length_and_chunked", withFields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
             ParseStatus::Malformed},
        Case{"chunked_and_length", withFields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
             ParseStatus::Malformed},
        Case{"zero_length_and_chunked", withFields("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
             ParseStatus::Malformed},
        Case{"two_codings", withFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
             ParseStatus::Malformed},
        Case{"chunked_in_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ParseStatus::Malformed},
        Case{"coding_list", withFields("Transfer-Encoding: gzip, chunked\r\n"), ParseStatus::Unsupported},
        Case{"coding_identity", withFields("Transfer-Encoding: identity\r\n"), ParseStatus::Unsupported},
        Case{"coding_lookalike", withFields("Transfer-Encoding: xchunked\r\n"), ParseStatus::Unsupported},
        Case{"coding_parameter", withFields("Transfer-Encoding: chunked;q=1\r\n"), ParseStatus::Unsupported},
        Case{"coding_quoted", withFields("Transfer-Encoding: \"chunked\"\r\n"), ParseStatus::Unsupported},
        Case{"coding_vertical_tab",
             withFields("Transfer-Encoding: \x0b"
                        "chunked\r\n"),
             ParseStatus::Malformed},
        Case{"coding_empty", withFields("Transfer-Encoding:\r\n"), ParseStatus::Unsupported},
        Case{"no_host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", ParseStatus::Malformed},
        Case{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ParseStatus::Malformed},
        Case{"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ParseStatus::Malformed},
        Case{"host_with_user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", ParseStatus::Malformed},
        Case{"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", ParseStatus::Malformed},
        Case{"host_unlike_target", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", ParseStatus::Malformed},
        Case{"target_with_fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"target_with_tab", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"target_with_obs_text", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"relative_target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"empty_target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"asterisk_for_get", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"other_scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"two_spaces", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"space_after_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"http09", "GET /\r\n\r\n", ParseStatus::Malformed},
        Case{"lower_case_version", "GET / http/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"odd_version", "GET / HTTP/1,1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"http2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", ParseStatus::BadVersion},
        Case{"http2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ParseStatus::BadVersion},
        Case{"bad_method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", ParseStatus::Malformed},
        Case{"tls_hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), ParseStatus::Malformed},
        Case{"connect", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", ParseStatus::Unsupported},
        Case{"other_expectation", withFields("Expect: miracles\r\n"), ParseStatus::BadExpectation}),
    [](const auto& each) { return each.param.name; });

TEST(RequestHeadTest, DecidesOnKeepingTheConnection) {
  const auto keeps = [](const std::string& text) {
    RequestHead head;
    EXPECT_EQ(parse(text, head).status, ParseStatus::Done);
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,y\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestHeadTest, ExpectContinueNeedsABodyToWaitFor) {
  RequestHead head;
  parse(withFields("Expect: 100-Continue\r\nContent-Length: 3\r\n"), head);
  EXPECT_TRUE(head.expect_continue);
  RequestHead bodiless;
  parse(withFields("Expect: 100-continue\r\n"), bodiless);
  EXPECT_FALSE(bodiless.expect_continue);
}

TEST(RequestHeadTest, HoldsItsLimits) {
  HeadLimits limits;
  limits.bytes = 200;
  limits.fields = 3;
  RequestHead head;
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(parseRequestHead(start + "A: b\r\nC: d\r\n\r\n", limits, head).status, ParseStatus::Done);
  EXPECT_EQ(parseRequestHead(start + "A: b\r\nC: d\r\nE: f\r\n\r\n", limits, head).status, ParseStatus::TooLarge);
  EXPECT_EQ(parseRequestHead(start + "A: " + std::string(200, 'x') + "\r\n\r\n", limits, head).status,
            ParseStatus::TooLarge);
  EXPECT_EQ(parseRequestHead(start + "A: " + std::string(200, 'x'), limits, head).status, ParseStatus::TooLarge);
  EXPECT_EQ(parseRequestHead(std::string(201, 'x'), limits, head).status, ParseStatus::TooLarge);
  EXPECT_EQ(parseRequestHead(std::string(201, 'x'), limits, head, 200).status, ParseStatus::TooLarge);
  EXPECT_EQ(parseRequestHead("GET /" + std::string(200, 'x'), limits, head).status, ParseStatus::TooLarge);
}

// However the bytes arrive, the outcome is the same; a prefix of a good head is incomplete, never refused.
TEST(RequestHeadTest, AnySplitGivesTheSame) {
  const std::string text =
      "POST /a/b?c=d HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\nX-Long: "
      "0123456789abcdef0123456789abcdef\r\n\r\n";
  for (size_t first = 0; first < text.size(); ++first) {
    RequestHead head;
    ASSERT_EQ(parse(std::string_view(text).substr(0, first), head).status, ParseStatus::Incomplete) << first;
    ASSERT_EQ(parse(text, head, first).status, ParseStatus::Done) << first;
    EXPECT_EQ(head.headers.size(), 3u);
  }
  RequestHead head;
  size_t seen = 0;
  for (size_t size = 1; size < text.size(); ++size) {
    ASSERT_EQ(parse(std::string_view(text).substr(0, size), head, seen).status, ParseStatus::Incomplete);
    seen = size;
  }
  EXPECT_EQ(parse(text, head, seen).status, ParseStatus::Done);
}

// Views must never reach past what was given, whatever follows it in memory.
TEST(RequestHeadTest, DoesNotLookPastTheEnd) {
  const std::string good =
      "GET /0123456789012345678901234567890123456789 HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n";
  for (size_t size = 0; size < good.size(); ++size) {
    const std::vector<char> exact(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    RequestHead head;
    EXPECT_EQ(parse({exact.data(), exact.size()}, head).status, ParseStatus::Incomplete);
  }
}

// A plain reading of the same grammar, byte by byte, against which the fast one is held on mutated heads.
bool plainlyValid(std::string_view text) {
  size_t line_end = text.find("\r\n");
  if (line_end == std::string_view::npos) return false;
  const std::string_view line = text.substr(0, line_end);
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  if (first == 0 || first == std::string_view::npos || second == std::string_view::npos) return false;
  if (!isToken(line.substr(0, first)) || line.substr(second + 1) != "HTTP/1.1") return false;
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (target.empty() || target[0] != '/') return false;
  for (const char c : target)
    if (c <= 0x20 || c >= 0x7f || c == '#') return false;
  size_t hosts = 0;
  for (size_t at = line_end + 2;;) {
    line_end = text.find("\r\n", at);
    if (line_end == std::string_view::npos) return false;
    if (line_end == at) return hosts == 1;
    const std::string_view field = text.substr(at, line_end - at);
    const size_t colon = field.find(':');
    if (colon == std::string_view::npos || !isToken(field.substr(0, colon))) return false;
    const std::string_view value = field.substr(colon + 1);
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
    }
    if (field.starts_with("Host:")) {
      ++hosts;
      if (value != " example.org") return false;
    }
    at = line_end + 2;
  }
}

TEST(RequestHeadTest, AgreesWithAPlainReadingOnMutatedHeads) {
  std::mt19937 random(11);
  const std::string good =
      "GET /a/b/c?d=e HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nX-Some-Long-Field-Name_1: some value, with "
      "words\r\n\r\n";
  const std::string bytes = std::string("\r\n\t :#\x7f\x80\xff(){}<>@,;\\\"/[]?=aZ09-_") + '\0';
  int accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text = good;
    // Not inside "Host: example.org" or the version: what those may be is tested above.
    const auto protectedAt = [](size_t at) { return at >= 14 && at < 45; };
    const int changes = 1 + static_cast<int>(random() % 2);
    for (int i = 0; i < changes; ++i) {
      const size_t at = random() % text.size();
      if (protectedAt(at)) continue;
      text[at] = bytes[random() % bytes.size()];
    }
    RequestHead head;
    const ParseResult result = parse(text, head);
    const bool valid = plainlyValid(text);
    accepted += valid ? 1 : 0;
    ASSERT_EQ(result.status == ParseStatus::Done, valid) << text << "\n" << result.problem;
  }
  EXPECT_GT(accepted, 10'000);
}

ParseResult parseResponse(std::string_view text, ResponseHead& head, std::string_view method = "GET") {
  return parseResponseHead(text, HeadLimits(), method, head);
}

TEST(ResponseHeadTest, ReadsHeads) {
  ResponseHead head;
  ASSERT_EQ(parseResponse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabc", head).status, ParseStatus::Done);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.reason, "OK");
  EXPECT_EQ(head.framing, Framing::Length);
  EXPECT_TRUE(head.keep_alive);
  ASSERT_EQ(parseResponse("HTTP/1.1 404\r\n\r\n", head).status, ParseStatus::Done);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "");
  EXPECT_EQ(head.framing, Framing::UntilClose);
  EXPECT_FALSE(head.keep_alive);
}

// RFC 9112 6.3.
TEST(ResponseHeadTest, KnowsWhetherThereIsABody) {
  const auto framing = [](const std::string& text, std::string_view method = "GET") {
    ResponseHead head;
    EXPECT_EQ(parseResponse(text, head, method).status, ParseStatus::Done) << text;
    return head.framing;
  };
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD"), Framing::None);
  EXPECT_EQ(framing("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n"), Framing::None);
  EXPECT_EQ(framing("HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n"), Framing::None);
  EXPECT_EQ(framing("HTTP/1.1 100 Continue\r\n\r\n"), Framing::None);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Framing::None);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Framing::Chunked);
  EXPECT_EQ(framing("HTTP/1.0 200 OK\r\n\r\n"), Framing::UntilClose);
}

TEST(ResponseHeadTest, RefusesWhatIsAmbiguous) {
  const auto status = [](const std::string& text) {
    ResponseHead head;
    return parseResponse(text, head).status;
  };
  EXPECT_EQ(status("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), ParseStatus::Unsupported);
  EXPECT_EQ(status("HTTP/1.1 200 OK\nX: y\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 2000 OK\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 020 OK\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 20 OK\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/2 200 OK\r\n\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("SSH-2.0-OpenSSH\r\n"), ParseStatus::Malformed);
  EXPECT_EQ(status("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n"), ParseStatus::Malformed);
}

TEST(ResponseHeadTest, EveryPrefixIsIncomplete) {
  const std::string text = "HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\n";
  for (size_t size = 0; size < text.size(); ++size) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<ptrdiff_t>(size));
    ResponseHead head;
    EXPECT_EQ(parseResponse({exact.data(), exact.size()}, head).status, ParseStatus::Incomplete) << size;
  }
}

// --- writing ---

std::string written(const RequestLineParts& line, const Headers& headers, Framing framing, uint64_t length) {
  std::string out(requestHeadSize(line, headers), '?');
  out.resize(writeRequestHead(line, headers, framing, length, ConnectionOption::Default, out.data()));
  return out;
}

TEST(HeadWriterTest, WritesFramingItself) {
  Headers headers;
  headers.add("Accept", "*/*");
  headers.add("content-length", "999");
  headers.add("Transfer-Encoding", "chunked");
  headers.add("Connection", "upgrade");
  EXPECT_EQ(written({"POST", "/x", "h:1"}, headers, Framing::Length, 12),
            "POST /x HTTP/1.1\r\nHost: h:1\r\nAccept: */*\r\nContent-Length: 12\r\n\r\n");
  EXPECT_EQ(written({"GET", "/", ""}, headers, Framing::None, 0), "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n");
}

TEST(HeadWriterTest, ARequestWithUncleanPartsIsNotWritten) {
  Headers none;
  Headers bad;
  bad.add("X", "a\r\nY: b");
  Headers bad_name;
  bad_name.add("X Y", "a");
  EXPECT_EQ(written({"GET", "/", "a"}, bad, Framing::None, 0), "");
  EXPECT_EQ(written({"GET", "/", "a"}, bad_name, Framing::None, 0), "");
  EXPECT_EQ(written({"GET ", "/", "a"}, none, Framing::None, 0), "");
  EXPECT_EQ(written({"GET", "/ HTTP/1.1\r\nX: y", "a"}, none, Framing::None, 0), "");
  EXPECT_EQ(written({"GET", "", "a"}, none, Framing::None, 0), "");
  EXPECT_EQ(written({"GET", "/", "a\r\nX: y"}, none, Framing::None, 0), "");
}

TEST(HeadWriterTest, AResponseNeverSplits) {
  ResponseHead head;
  head.status = 200;
  head.reason = "OK\r\nX: injected";
  head.headers.add("A", "b\r\nSet-Cookie: injected");
  head.headers.add("C", "d");
  std::string out(responseHeadSize(head), '?');
  out.resize(writeResponseHead(head, Framing::Chunked, 0, ConnectionOption::Close, out.data()));
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nC: d\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(HeadWriterTest, WhatIsWrittenIsReadBack) {
  RequestLineParts line{"PUT", "/a?b", "example.org"};
  Headers headers;
  for (int i = 0; i < 20; ++i) headers.add("X-Field", "value \t with space");
  const std::string text = written(line, headers, Framing::Length, UINT64_C(123456789012));
  RequestHead head;
  ASSERT_EQ(parse(text, head).status, ParseStatus::Done);
  EXPECT_EQ(head.content_length, UINT64_C(123456789012));
  EXPECT_EQ(head.headers.count("x-field"), 20u);
}

TEST(HeadWriterTest, KnowsNominatedFields) {
  Headers headers;
  headers.add("Connection", "close, X-Hop");
  EXPECT_TRUE(isNominated(headers, "x-hop"));
  EXPECT_FALSE(isNominated(headers, "x-ho"));
  EXPECT_FALSE(isNominated(headers, "other"));
}

// --- bodies ---

struct Decoded {
  std::string body;
  BodyDecoder::State state = BodyDecoder::State::More;
  size_t consumed = 0;
};

// Feeds `text` in pieces of `step` bytes.
Decoded decode(std::string_view text, size_t step, Framing framing = Framing::Chunked, uint64_t length = 0) {
  BodyDecoder decoder;
  decoder.start(framing, length);
  Decoded result;
  for (size_t at = 0; at < text.size();) {
    std::string_view piece = text.substr(at, step);
    while (!piece.empty()) {
      const BodyDecoder::Step each = decoder.decode(piece);
      result.body += each.piece;
      result.state = each.state;
      result.consumed += each.consumed;
      if (each.state != BodyDecoder::State::More) return result;
      piece.remove_prefix(each.consumed);
    }
    at += std::min(step, text.size() - at);
  }
  return result;
}

TEST(BodyDecoderTest, DecodesChunksHoweverTheyAreSplit) {
  const std::string text = "5\r\nhello\r\n1;name=\"va;l\"\r\n,\r\nA\r\n0123456789\r\n0\r\nX-Trailer: y\r\n\r\nrest";
  for (size_t step = 1; step <= text.size(); ++step) {
    const Decoded result = decode(text, step);
    EXPECT_EQ(result.body, "hello,0123456789") << step;
    EXPECT_EQ(result.state, BodyDecoder::State::Done);
    EXPECT_EQ(text.substr(result.consumed), "rest");
  }
}

TEST(BodyDecoderTest, GivesDoneWithTheLastPiece) {
  BodyDecoder decoder;
  decoder.start(Framing::Chunked, 0);
  const BodyDecoder::Step step = decoder.decode("3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(step.piece, "abc");
  EXPECT_EQ(step.state, BodyDecoder::State::Done);
  EXPECT_EQ(decoder.delivered(), 3u);
}

TEST(BodyDecoderTest, RefusesBadChunks) {
  for (const char* bad : {"\r\n",
                          "g\r\n",
                          " 5\r\nhello\r\n",
                          "5 \r\nhello\r\n",
                          "5\nhello\r\n",
                          "5\r\nhelloX",
                          "5\r\nhello\n",
                          "-1\r\n",
                          "+1\r\n",
                          "0x5\r\n",
                          "1000000000000000\r\n",
                          "0000000000000005\r\n",
                          "5;a\x01\r\n",
                          "5;a\n",
                          "0\r\n: x\r\n\r\n",
                          "0\r\n x: y\r\n\r\n",
                          "0\r\nname\r\n\r\n",
                          "0\r\nx: a\x01\r\n\r\n",
                          "0\r\nx: y\n\r\n",
                          "0\r\n\n",
                          "5\r\rhello"}) {
    for (const size_t step : {size_t{1}, size_t{100}}) {
      EXPECT_EQ(decode(bad, step).state, BodyDecoder::State::Malformed) << bad;
    }
  }
}

TEST(BodyDecoderTest, BoundsExtensionsAndTrailers) {
  EXPECT_EQ(decode("5;" + std::string(5000, 'a') + "\r\n", 100).state, BodyDecoder::State::Malformed);
  EXPECT_EQ(decode("0\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n", 100).state, BodyDecoder::State::Malformed);
  std::string many;
  for (int i = 0; i < 400; ++i) many += "1;" + std::string(4000, 'a') + "\r\nx\r\n";
  EXPECT_EQ(decode(many, 8192).state, BodyDecoder::State::Malformed);
}

TEST(BodyDecoderTest, CountsDeclaredLengths) {
  const Decoded result = decode("hello world", 3, Framing::Length, 5);
  EXPECT_EQ(result.body, "hello");
  EXPECT_EQ(result.state, BodyDecoder::State::Done);
  EXPECT_EQ(result.consumed, 5u);
  BodyDecoder decoder;
  decoder.start(Framing::Length, 5);
  decoder.decode("abc");
  EXPECT_EQ(decoder.remaining(), 2u);
  EXPECT_FALSE(decoder.endOfInput());
}

TEST(BodyDecoderTest, UntilCloseEndsWithTheInput) {
  BodyDecoder decoder;
  decoder.start(Framing::UntilClose, 0);
  EXPECT_EQ(decoder.decode("abc").piece, "abc");
  EXPECT_FALSE(decoder.done());
  EXPECT_TRUE(decoder.endOfInput());
  EXPECT_TRUE(decoder.done());
}

TEST(ChunkHeaderTest, IsHexadecimal) {
  char into[kChunkHeaderSize];
  EXPECT_EQ(std::string(into, writeChunkHeader(0x1a2b, into)), "1a2b\r\n");
  EXPECT_EQ(std::string(into, writeChunkHeader(UINT64_MAX, into)), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace sluice::http
