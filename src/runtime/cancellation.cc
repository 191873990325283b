#include "runtime/cancellation.h"

namespace sluice::runtime {

void Cancellation::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  // A listener may end others, which unlink themselves from `calling`; it may even end this object.
  List<Listener> calling;
  listeners_.moveAllTo(calling);
  while (Listener* listener = calling.front()) {
    listener->unlink();
    listener->onCancel();
  }
}

void Cancellation::reset() {
  while (Listener* listener = listeners_.front()) listener->unlink();
  cancelled_ = false;
}

}  // namespace sluice::runtime
