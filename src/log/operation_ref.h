// OperationRef: shared ownership of one immutable Operation, intrusively counted (one thread).
// The inline bodies stand in log/operation.h, where Operation is complete.
#pragma once
#include <cstddef>
#include <utility>

namespace weft {

class Operation;

class OperationRef {
 public:
  OperationRef() = default;
  OperationRef(std::nullptr_t) {}                              // NOLINT: null is a ref
  inline explicit OperationRef(const Operation* operation);    // takes one more count
  inline OperationRef(const OperationRef& other);
  OperationRef(OperationRef&& other) noexcept : operation_(std::exchange(other.operation_, nullptr)) {}
  OperationRef& operator=(OperationRef other) noexcept {
    std::swap(operation_, other.operation_);
    return *this;
  }
  inline ~OperationRef();
  explicit operator bool() const { return operation_ != nullptr; }
  const Operation& operator*() const { return *operation_; }
  const Operation* operator->() const { return operation_; }
  const Operation* get() const { return operation_; }

 private:
  const Operation* operation_ = nullptr;
};

}  // namespace weft
