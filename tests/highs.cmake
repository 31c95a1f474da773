# How HiGHS is compiled for tests, which ask it for answers and not for speed: with files put together and little
# optimisation, a quarter of the time. Release builds, which measurements use, are compiled as HiGHS itself wants to be.
# PROFILE is what Cargo tells build scripts.
if("$ENV{PROFILE}" STREQUAL "debug")
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
  set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG" CACHE STRING "")
endif()
