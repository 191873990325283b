// The `context` object (reference, section 3.3): IExpressionContext and what hangs on it. Objects are made as they are
// reached; they only point at the exchange.
#include "expression/date.h"
#include "expression/library/context_support.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

Context& exchange(Call& c) {
  return *c.eval.context();
}

// A fact-backed object: api, operation, product, ... has no state but its type.
template <FactObject kObject>
Value part(Call& c) {
  if (!exchange(c).facts().present(kObject)) return {};
  return Value::object(newObject<Object>(c.eval, c.type));
}

template <Fact kFact>
Value fact(Call& c) {
  return exchange(c).facts().get(kFact, c.arena());
}

template <Fact kFact>
Value flag(Call& c) {
  const Value value = exchange(c).facts().get(kFact, c.arena());
  return value.isNull() ? Value::boolean(false) : value;
}

struct RowObject : Object {
  Value first, second;
};

// A list of facts: texts, or objects of two texts.
template <FactList kList>
Value rows(Call& c) {
  const Facts& facts = exchange(c).facts();
  const Type* element = c.type->args[0];
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  for (size_t i = 0; i < facts.count(kList); ++i) {
    const FactRow row = facts.row(kList, i);
    Value item = fromUtf8(c.arena(), row.first);
    if (element->kind != TypeKind::String) {
      auto* object = newObject<RowObject>(c.eval, element);
      object->first = item;
      object->second = fromUtf8(c.arena(), row.second);
      item = Value::object(object);
    }
    if (!append(c.eval, list, item)) return {};
  }
  return Value::object(list);
}

Value certificates(Call& c) {
  const Facts& facts = exchange(c).facts();
  MapObject* map = newMap(c.eval, libraryType("System.Collections.Generic.Dictionary", c.type->args));
  for (size_t i = 0; i < facts.count(FactList::DeploymentCertificates); ++i) {
    const FactRow row = facts.row(FactList::DeploymentCertificates, i);
    const Value certificate = newCertificate(c.eval, row.second);
    if (c.eval.failed() || !mapPut(c.eval, map, fromUtf8(c.arena(), row.first), certificate)) return {};
  }
  return Value::object(map);
}

// The variables are the exchange's: the object itself has no state.
Value variables(Call& c) {
  static const Object kVariables{c.type};
  return Value::object(&kVariables);
}

Value allVariables(Call& c, bool names) {
  const Variables& all = exchange(c).variables();
  const Type* one[] = {names ? core().string : core().object};
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", one));
  for (size_t i = 0; i < all.size(); ++i)
    if (!append(c.eval, list, names ? fromUtf8(c.arena(), all.nameAt(i)) : all.valueAt(i))) return {};
  return Value::object(list);
}

Enumerator* enumerateVariables(Eval& eval, const Value&) {
  const Variables& all = eval.context()->variables();
  const Type* two[] = {core().string, core().object};
  const Type* pair = libraryType("System.Collections.Generic.KeyValuePair", two);
  auto* list = newObject<ListObject>(eval, core().object, ObjectKind::List);
  for (size_t i = 0; i < all.size(); ++i)
    if (!append(eval, list, newRecord(eval, pair, {fromUtf8(eval.arena, all.nameAt(i)), all.valueAt(i)})))
      return nullptr;
  return enumerate(eval, Value::object(list));
}

Value missingKey(Call& c) {
  return c.raise("System.Collections.Generic.KeyNotFoundException",
                 "The given key '" + std::string(c.utf8(1)) + "' was not present in the dictionary.");
}

Value variableItem(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const std::optional<Value> found = exchange(c).variables().find(c.utf8(1));
  return found ? *found : missingKey(c);
}

Value variableOrDefault(Call& c) {
  const Type* type = c.type_args.empty() ? core().object : c.type_args[0];
  const std::optional<Value> found = c.isNull(1) ? std::nullopt : exchange(c).variables().find(c.utf8(1));
  if (!found) return c.count > 2 ? c[2] : defaultValue(c.arena(), type);
  if (found->isNull()) return type->isValue() && !type->isNullable() ? c.eval.raiseNullReference() : Value();
  if (isInstance(*found, type)) return *found;
  return c.raise("System.InvalidCastException", "Unable to cast object of type '" + typeOf(*found)->fullName() +
                                                    "' to type '" + type->fullName() + "'.");
}

constexpr MemberRow kVariables[] = {
    {"object this[string key] { get; }", variableItem},
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(exchange(c).variables().size())); }},
    {"bool ContainsKey(string key)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
       return Value::boolean(exchange(c).variables().find(c.utf8(1)).has_value());
     }},
    {"bool TryGetValue(string key, out object value)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
       const std::optional<Value> found = exchange(c).variables().find(c.utf8(1));
       c[2] = found.value_or(Value());
       return Value::boolean(found.has_value());
     }},
    {"T GetValueOrDefault<T>(string name)", variableOrDefault},
    {"T GetValueOrDefault<T>(string name, T defaultValue)", variableOrDefault},
    {"object GetValueOrDefault(string name)", variableOrDefault},
    {"IEnumerable<string> Keys { get; }", [](Call& c) { return allVariables(c, true); }},
    {"IEnumerable<object> Values { get; }", [](Call& c) { return allVariables(c, false); }},
};

constexpr MemberRow kContext[] = {
    {"IApi Api { get; }", part<FactObject::Api>},
    {"IDeployment Deployment { get; }", part<FactObject::Deployment>},
    {"TimeSpan Elapsed { get; }", [](Call& c) { return timeSpan(exchange(c).elapsed().count() / 100); }},
    {"ILastError LastError { get; }", part<FactObject::LastError>},
    {"IOperation Operation { get; }", part<FactObject::Operation>},
    {"IProduct Product { get; }", part<FactObject::Product>},
    {"IRequest Request { get; }", [](Call& c) { return requestObject(c); }},
    {"Guid RequestId { get; }",
     [](Call& c) {
       const std::optional<Value> id = makeGuid(exchange(c).requestId(), c.arena());
       return id ? *id : defaultValue(c.arena(), core().guid);
     }},
    {"IResponse Response { get; }", [](Call& c) { return responseObject(c.eval, exchange(c).response()); }},
    {"ISubscription Subscription { get; }", part<FactObject::Subscription>},
    {"DateTime Timestamp { get; }", [](Call& c) { return makeDateTime(exchange(c).timestamp()); }},
    {"bool Tracing { get; }", [](Call& c) { return Value::boolean(exchange(c).tracing()); }},
    {"IUser User { get; }", part<FactObject::User>},
    {"IVariables Variables { get; }", variables},
    {"IWorkspace Workspace { get; }", part<FactObject::Workspace>},
    {"IGraphQLContext GraphQL { get; }", [](Call&) { return Value(); }},
    {"void Trace(string message)",
     [](Call& c) {
       exchange(c).trace(c.isNull(1) ? std::string_view{} : c.utf8(1));
       return Value();
     }},
};

constexpr MemberRow kApi[] = {
    {"string Id { get; }", fact<Fact::ApiId>},
    {"string Name { get; }", fact<Fact::ApiName>},
    {"string Path { get; }", fact<Fact::ApiPath>},
    {"string Revision { get; }", fact<Fact::ApiRevision>},
    {"string Version { get; }", fact<Fact::ApiVersion>},
    {"bool IsCurrentRevision { get; }", flag<Fact::ApiIsCurrentRevision>},
    {"IUrl ServiceUrl { get; }", [](Call& c) { return urlObject(c.eval, exchange(c).facts().apiServiceUrl()); }},
    {"IEnumerable<string> Protocols { get; }", rows<FactList::ApiProtocols>},
    {"ISubscriptionKeyParameterNames SubscriptionKeyParameterNames { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
};
constexpr MemberRow kKeyNames[] = {
    {"string Header { get; }", fact<Fact::ApiSubscriptionKeyParameterHeader>},
    {"string Query { get; }", fact<Fact::ApiSubscriptionKeyParameterQuery>},
};
constexpr MemberRow kDeployment[] = {
    {"string GatewayId { get; }", fact<Fact::DeploymentGatewayId>},
    {"IGateway Gateway { get; }", [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"string Region { get; }", fact<Fact::DeploymentRegion>},
    {"string ServiceId { get; }", fact<Fact::DeploymentServiceId>},
    {"string ServiceName { get; }", fact<Fact::DeploymentServiceName>},
    {"IReadOnlyDictionary<string,X509Certificate2> Certificates { get; }", certificates},
    {"ISustainabilityInfo SustainabilityInfo { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
};
constexpr MemberRow kGateway[] = {
    {"string Id { get; }", fact<Fact::DeploymentGatewayId>},
    {"string InstanceId { get; }", fact<Fact::DeploymentGatewayInstanceId>},
    {"bool IsManaged { get; }", flag<Fact::DeploymentGatewayIsManaged>},
};
constexpr MemberRow kOperation[] = {
    {"string Id { get; }", fact<Fact::OperationId>},
    {"string Method { get; }", fact<Fact::OperationMethod>},
    {"string Name { get; }", fact<Fact::OperationName>},
    {"string UrlTemplate { get; }", fact<Fact::OperationUrlTemplate>},
};
constexpr MemberRow kProduct[] = {
    {"string Id { get; }", fact<Fact::ProductId>},
    {"string Name { get; }", fact<Fact::ProductName>},
    {"bool ApprovalRequired { get; }", flag<Fact::ProductApprovalRequired>},
    {"bool SubscriptionRequired { get; }", flag<Fact::ProductSubscriptionRequired>},
    {"int? SubscriptionsLimit { get; }", fact<Fact::ProductSubscriptionsLimit>},
    {"int? SubscriptionLimit { get; }", fact<Fact::ProductSubscriptionsLimit>},
    {"ProductState State { get; }",
     [](Call& c) {
       const Value state = fact<Fact::ProductState>(c);
       return newEnum(c.type, !state.isNull() && toUtf8(c.arena(), state) == "Published" ? 1 : 0);
     }},
    {"IEnumerable<IGroup> Groups { get; }", rows<FactList::ProductGroups>},
    {"IEnumerable<IApi> Apis { get; }", rows<FactList::ProductApis>},
};
constexpr MemberRow kSubscription[] = {
    {"string Id { get; }", fact<Fact::SubscriptionId>},
    {"string Name { get; }", fact<Fact::SubscriptionName>},
    {"string Key { get; }", fact<Fact::SubscriptionKey>},
    {"string PrimaryKey { get; }", fact<Fact::SubscriptionPrimaryKey>},
    {"string SecondaryKey { get; }", fact<Fact::SubscriptionSecondaryKey>},
    {"DateTime CreatedDate { get; }",
     [](Call& c) {
       const Value date = fact<Fact::SubscriptionCreatedDate>(c);
       return date.isNull() ? dateTime(0, DateKind::Unspecified) : date;
     }},
    {"DateTime? StartDate { get; }", fact<Fact::SubscriptionStartDate>},
    {"DateTime? EndDate { get; }", fact<Fact::SubscriptionEndDate>},
};
constexpr MemberRow kUser[] = {
    {"string Id { get; }", fact<Fact::UserId>},
    {"string Email { get; }", fact<Fact::UserEmail>},
    {"string FirstName { get; }", fact<Fact::UserFirstName>},
    {"string LastName { get; }", fact<Fact::UserLastName>},
    {"string Note { get; }", fact<Fact::UserNote>},
    {"DateTime RegistrationDate { get; }",
     [](Call& c) {
       const Value date = fact<Fact::UserRegistrationDate>(c);
       return date.isNull() ? dateTime(0, DateKind::Unspecified) : date;
     }},
    {"IEnumerable<IGroup> Groups { get; }", rows<FactList::UserGroups>},
    {"IEnumerable<IUserIdentity> Identities { get; }", rows<FactList::UserIdentities>},
};
constexpr MemberRow kGroup[] = {
    {"string Id { get; }", [](Call& c) { return c.object<RowObject>(0)->first; }},
    {"string Name { get; }", [](Call& c) { return c.object<RowObject>(0)->second; }},
};
constexpr MemberRow kIdentity[] = {
    {"string Id { get; }", [](Call& c) { return c.object<RowObject>(0)->first; }},
    {"string Provider { get; }", [](Call& c) { return c.object<RowObject>(0)->second; }},
};
constexpr MemberRow kLastError[] = {
    {"string Source { get; }", fact<Fact::LastErrorSource>},
    {"string Reason { get; }", fact<Fact::LastErrorReason>},
    {"string Message { get; }", fact<Fact::LastErrorMessage>},
    {"string Scope { get; }", fact<Fact::LastErrorScope>},
    {"string Section { get; }", fact<Fact::LastErrorSection>},
    {"string Path { get; }", fact<Fact::LastErrorPath>},
    {"string PolicyId { get; }", fact<Fact::LastErrorPolicyId>},
};
constexpr MemberRow kWorkspace[] = {
    {"string Id { get; }", fact<Fact::WorkspaceId>},
    {"string Name { get; }", fact<Fact::WorkspaceName>},
};
// Requests to resolvers of GraphQL fields are not served: there never is one of these.
constexpr MemberRow kGraphQL[] = {
    {"JObject Arguments { get; }", [](Call&) { return Value(); }},
    {"JObject GraphQLArguments { get; }", [](Call&) { return Value(); }},
    {"JObject Parent { get; }", [](Call&) { return Value(); }},
};
constexpr MemberRow kSustainability[] = {
    {"CarbonIntensity CurrentCarbonIntensity { get; }", [](Call& c) { return newEnum(c.type, 0); }},
};
constexpr EnumRow kCarbonIntensity[] = {{"NotAvailable", 0}, {"VeryLow", 1}, {"Low", 2},
                                        {"Medium", 3},       {"High", 4},    {"VeryHigh", 5}};
constexpr EnumRow kProductState[] = {{"NotPublished", 0}, {"Published", 1}};

}  // namespace

void declareContext(Library& library) {
  library.add("interface IExpressionContext", kContext).is_singleton = true;
  library.add("interface IApi", kApi);
  library.add("interface ISubscriptionKeyParameterNames", kKeyNames);
  library.add("interface IDeployment", kDeployment);
  library.add("interface IGateway", kGateway);
  library.add("interface IOperation", kOperation);
  library.add("interface IProduct", kProduct);
  library.add("interface ISubscription", kSubscription);
  library.add("interface IUser", kUser);
  library.add("interface IGroup", kGroup);
  library.add("interface IUserIdentity", kIdentity);
  library.add("interface ILastError", kLastError);
  library.add("interface IWorkspace", kWorkspace);
  library.addEnum("ProductState", kProductState);
  library.add("interface IGraphQLContext", kGraphQL);
  library.add("interface ISustainabilityInfo", kSustainability);
  library.addEnum("CarbonIntensity", kCarbonIntensity);
  Hooks variables_hooks;
  variables_hooks.enumerate = enumerateVariables;
  library.add("class IVariables : IReadOnlyDictionary<string,object>", kVariables, variables_hooks).is_singleton = true;
}

}  // namespace sluice::expression
