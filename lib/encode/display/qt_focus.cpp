#include "encode/display/qt_focus.h"

#include <dlfcn.h>

namespace closet {
namespace {

/// A function of whatever toolkit OpenCV brought along; null where it is another one. Looked up by
/// name, since OpenCV has no call for it and Qt's headers would be a dependency of the build.
template <class Function>
Function* toolkit_function(const char* mangled_name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, mangled_name));
}

}  // namespace

void return_focus_to_window() {
    // static QWidget* QApplication::focusWidget() and void QWidget::clearFocus(), the same in Qt 5
    // and Qt 6; a member function takes its object as the first argument (Itanium C++ ABI).
    static auto* const focus_widget = toolkit_function<void*()>("_ZN12QApplication11focusWidgetEv");
    static auto* const clear_focus = toolkit_function<void(void*)>("_ZN7QWidget10clearFocusEv");
    if (focus_widget == nullptr || clear_focus == nullptr) {
        return;
    }
    if (void* widget = focus_widget(); widget != nullptr) {
        clear_focus(widget);
    }
}

}  // namespace closet
