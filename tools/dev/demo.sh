# ./dev demo: from nothing to a gateway that answers. Arguments go to `sluice demo`.
source tools/dev/setup.sh
setup
configure release
compile release sluice
exec build/release/sluice demo "$@"
