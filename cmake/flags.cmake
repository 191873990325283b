# One place for compiler and linker flags. Warnings are errors; -g1 and mold keep builds short.
add_library(sluice_flags INTERFACE)
target_compile_options(sluice_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wno-missing-field-initializers
  -g1 -fno-omit-frame-pointer)
target_include_directories(sluice_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(sluice_flags INTERFACE SLUICE_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives from inlined standard library code under these two.
  target_compile_options(sluice_flags INTERFACE -fcoroutines -Wno-restrict -Wno-maybe-uninitialized)
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(sluice_flags INTERFACE -fuse-ld=mold)
endif()
if(SLUICE_SANITIZE)
  target_compile_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE})
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
