// Every declared type, one function a file. A new file adds its function here, in both places.
#pragma once

// DIVISION OF WORK until all types are there (remove this note then):
//   first engineer (core): strings, primitives, collections, Enumerable, Convert, Encoding, Uri, context, Jwt, cases.h
//   engineer JX: all of Newtonsoft (json/, JToken, JObject, JArray, JValue, JProperty, JsonConvert, JSONPath)
//   engineer LX: Regex, System.Xml.Linq, cryptography, X509, DateTime, DateTimeOffset, TimeSpan, TimeZoneInfo

#include "expression/library.h"

namespace sluice::expression {

void declareObject(Library& library);

inline constexpr void (*kDeclarations[])(Library&) = {
    declareObject,
};

}  // namespace sluice::expression
