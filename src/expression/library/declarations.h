// Every declared type, one function a file. A new file adds its function here, in both places.
#pragma once

#include "expression/library.h"

namespace sluice::expression {

void declareObject(Library& library);
void declareInterfaces(Library& library);
void declareException(Library& library);
void declareBooleanAndChar(Library& library);
void declareNumeric(Library& library);
void declareString(Library& library);
void declareStringComparison(Library& library);
void declareStringBuilder(Library& library);
void declareArray(Library& library);
void declareList(Library& library);
void declareDictionary(Library& library);
void declareEnumerable(Library& library);
void declareGuid(Library& library);
void declareDateTime(Library& library);
void declareJson(Library& library);
void declareJwt(Library& library);
void declareContext(Library& library);
void declareContextMessage(Library& library);
void declareX509(Library& library);
void declareHash(Library& library);
void declareRandomNumbers(Library& library);
void declareSymmetric(Library& library);
void declareCryptoTransform(Library& library);
void declareCryptoNames(Library& library);
void declareRsa(Library& library);
void declareX509Base(Library& library);
void declareX509Parts(Library& library);
void declareConvert(Library& library);
void declareBitConverter(Library& library);
void declareEncoding(Library& library);
void declareMath(Library& library);
void declareRandom(Library& library);
void declareWebUtility(Library& library);
void declareUri(Library& library);
void declareIPAddress(Library& library);
void declareHashSet(Library& library);
void declareTuple(Library& library);
void declareEnum(Library& library);
void declareStringIO(Library& library);
void declareRegex(Library& library);
void declareRegexMatch(Library& library);
void declareTimeSpan(Library& library);
void declareTimeZone(Library& library);
void declareDateTimeOffset(Library& library);
void declareXmlNames(Library& library);
void declareXmlNodes(Library& library);
void declareXmlElement(Library& library);
void declareXmlLeaves(Library& library);
void declareXmlExtensions(Library& library);
void declareXmlReader(Library& library);

inline constexpr void (*kDeclarations[])(Library&) = {
    declareObject,
    declareInterfaces,
    declareException,
    declareBooleanAndChar,
    declareNumeric,
    declareString,
    declareStringComparison,
    declareStringBuilder,
    declareArray,
    declareList,
    declareDictionary,
    declareEnumerable,
    declareGuid,
    declareDateTime,
    declareJson,
    declareJwt,
    declareContext,
    declareContextMessage,
    declareX509,
    declareHash,
    declareRandomNumbers,
    declareSymmetric,
    declareCryptoTransform,
    declareCryptoNames,
    declareRsa,
    declareX509Base,
    declareX509Parts,
    declareConvert,
    declareBitConverter,
    declareEncoding,
    declareMath,
    declareRandom,
    declareWebUtility,
    declareUri,
    declareIPAddress,
    declareHashSet,
    declareTuple,
    declareEnum,
    declareStringIO,
    declareRegex,
    declareRegexMatch,
    declareTimeSpan,
    declareTimeZone,
    declareDateTimeOffset,
    declareXmlNames,
    declareXmlNodes,
    declareXmlElement,
    declareXmlLeaves,
    declareXmlExtensions,
    declareXmlReader,
};

}  // namespace sluice::expression
