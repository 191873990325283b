// Evaluation of operators, control within expressions, records and assignment.
#include "expression/nodes.h"

#include "expression/chars.h"
#include "expression/format.h"

namespace sluice::expression {

Value UnaryNode::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (frame.eval.failed() || (lifted && value.isNull())) return {};
  frame.eval.source_offset = offset;
  return function(frame.eval, value);
}

Value BinaryNode::eval(Frame& frame) const {
  const Value a = left->eval(frame);
  if (frame.eval.failed()) return {};
  const Value b = right->eval(frame);
  if (frame.eval.failed()) return {};
  if (lift != Lift::No && (a.isNull() || b.isNull())) {
    const bool both = a.isNull() && b.isNull();
    switch (lift) {
      case Lift::Equality:
        return Value::boolean(both);
      case Lift::Inequality:
        return Value::boolean(!both);
      case Lift::Comparison:
        return Value::boolean(false);
      default:
        return {};
    }
  }
  frame.eval.source_offset = offset;
  return function(frame.eval, a, b);
}

Value LogicalNode::eval(Frame& frame) const {
  const Value a = left->eval(frame);
  if (frame.eval.failed()) return {};
  if (how == How::AndAlso) return a.asBool() ? right->eval(frame) : a;
  if (how == How::OrElse) return a.asBool() ? a : right->eval(frame);
  const Value b = right->eval(frame);
  if (frame.eval.failed()) return {};
  // One operand may decide even when the other is null.
  const bool decisive = how == How::LiftedOr;
  if (!a.isNull() && a.asBool() == decisive) return a;
  if (!b.isNull() && b.asBool() == decisive) return b;
  return a.isNull() ? a : b;
}

Value CoalesceNode::eval(Frame& frame) const {
  const Value value = left->eval(frame);
  if (frame.eval.failed()) return {};
  if (value.isNull()) return right->eval(frame);
  if (converted == nullptr) return value;
  frame.slots[temporary->slot] = value;
  return converted->eval(frame);
}

Value ConditionalNode::eval(Frame& frame) const {
  const Value chosen = condition->eval(frame);
  if (frame.eval.failed()) return {};
  return chosen.asBool() ? then->eval(frame) : otherwise->eval(frame);
}

Value ConcatNode::eval(Frame& frame) const {
  Eval& eval = frame.eval;
  Value local[16];
  Value* values = parts.size() <= 16 ? local : eval.arena.array<Value>(parts.size()).data();
  uint64_t size = 0;
  bool ascii = true, wide = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    values[i] = parts[i]->eval(frame);
    if (eval.failed()) return {};
    if (!values[i].isString() && !values[i].isNull()) values[i] = valueToString(eval, values[i]);
    if (eval.failed()) return {};
    if (values[i].isNull()) values[i] = Value::ascii({});
    size += values[i].extra();
    ascii = ascii && values[i].tag() == Tag::Ascii;
    wide = wide || values[i].tag() == Tag::Wide;
  }
  if (!eval.reserve(wide ? size * 2 : size)) return {};
  if (!wide) {
    auto* bytes = static_cast<char*>(eval.arena.allocateBytes(size, 1));
    char* to = bytes;
    for (size_t i = 0; i < parts.size(); ++i) {
      const std::string_view part = values[i].bytes();
      if (!part.empty()) std::memcpy(to, part.data(), part.size());
      to += part.size();
    }
    const std::string_view all(bytes, size);
    return ascii ? Value::ascii(all) : Value::utf8(all);
  }
  TextBuilder text(eval, static_cast<uint32_t>(size));
  for (size_t i = 0; i < parts.size(); ++i) text.add(values[i]);
  return text.take();
}

Value InterpolatedNode::eval(Frame& frame) const {
  Eval& eval = frame.eval;
  TextBuilder text(eval, 64);
  for (const Part& part : parts) {
    const Value value = part.value->eval(frame);
    if (eval.failed()) return {};
    int64_t width = 0;
    if (part.alignment != nullptr) width = part.alignment->eval(frame).asInt64();
    if (eval.failed()) return {};
    if (width == 0 && part.format.isNull() && value.isString()) {
      text.add(value);
      continue;
    }
    eval.source_offset = part.value->offset;
    formatPart(eval, text, value, width, part.format);
    if (eval.failed()) return {};
  }
  return text.take();
}

Value IsNode::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (frame.eval.failed()) return {};
  const bool is = isInstance(value, tested);
  if (!as) return Value::boolean(is);
  return is ? value : Value();
}

Value PatternNode::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (frame.eval.failed()) return {};
  if (constant != nullptr) {
    const Value expected = constant->eval(frame);
    if (expected.isNull() || value.isNull()) return Value::boolean(expected.isNull() && value.isNull());
    return Value::boolean(valueEquals(frame.eval, value, expected));
  }
  if (tested != nullptr && !isInstance(value, tested)) return Value::boolean(false);
  if (variable != nullptr) writeLocal(frame, *variable, value);
  return Value::boolean(true);
}

Value RecordNode::eval(Frame& frame) const {
  RecordObject* record = newRecordOf(frame.eval, type->canonical, static_cast<uint32_t>(members.size()));
  for (size_t i = 0; i < members.size(); ++i) {
    record->members[i] = members[i]->eval(frame);
    if (frame.eval.failed()) return {};
  }
  return Value::object(record);
}

Value RecordMemberNode::eval(Frame& frame) const {
  const Value value = record->eval(frame);
  if (frame.eval.failed()) return {};
  frame.eval.source_offset = offset;
  if (value.isNull()) return frame.eval.raiseNullReference();
  return as<RecordObject>(value)->members[index];
}

bool RecordMemberNode::store(Frame& frame, const Value& value) const {
  const Value old = record->eval(frame);
  if (frame.eval.failed()) return false;
  const auto* from = as<RecordObject>(old);
  RecordObject* copy = newRecordOf(frame.eval, from->type, from->count);
  for (uint32_t i = 0; i < from->count; ++i) copy->members[i] = i == index ? value : from->members[i];
  return record->store(frame, Value::object(copy));
}

Value SequenceNode::eval(Frame& frame) const {
  Value last;
  for (const Node* one : nodes) {
    last = one->eval(frame);
    if (frame.eval.failed()) return {};
  }
  return last;
}

Value AssignNode::eval(Frame& frame) const {
  const Value result = value->eval(frame);
  if (frame.eval.failed()) return {};
  target->store(frame, result);
  return result;
}

Value PostfixNode::eval(Frame& frame) const {
  const Value old = target->eval(frame);
  if (frame.eval.failed()) return {};
  frame.slots[temporary->slot] = old;
  const Value next = updated->eval(frame);
  if (frame.eval.failed()) return {};
  target->store(frame, next);
  return old;
}

Value DeconstructNode::eval(Frame& frame) const {
  const Value tuple = value->eval(frame);
  if (frame.eval.failed()) return {};
  if (tuple.isNull()) return frame.eval.raiseNullReference();
  const auto* record = as<RecordObject>(tuple);
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == nullptr) continue;
    targets[i]->store(frame, record->members[i]);
    if (frame.eval.failed()) return {};
  }
  return tuple;
}

Value ConditionalAccessNode::eval(Frame& frame) const {
  const Value value = receiver->eval(frame);
  if (frame.eval.failed() || value.isNull()) return {};
  frame.slots[temporary->slot] = value;
  return rest->eval(frame);
}

Value ThrowNode::eval(Frame& frame) const {
  const Value value = exception->eval(frame);
  if (frame.eval.failed()) return {};
  frame.eval.source_offset = offset;
  if (value.isNull()) return frame.eval.raiseNullReference();
  return frame.eval.raiseObject(as<ExceptionObject>(value));
}

Value TypeOfNode::eval(Frame& frame) const {
  auto* object = newObject<TypeObject>(frame.eval, core().type_type, ObjectKind::TypeObject);
  object->represented = represented;
  return Value::object(object);
}

}  // namespace sluice::expression
