# Read with '.', never run: programs of a newer Debian, unpacked beside the system's own with the libraries they want.
# shellcheck shell=sh

newer_suite=trixie

# unpack_newer NAME PACKAGE...: downloads the packages of the newer Debian and unpacks them in $newer_root, a folder that
# goes when the script ends. Fails with a sentence.
unpack_newer() {
  name=$1
  shift
  can_apt || { say "$name: only root may ask apt"; return 1; }
  command -v patchelf >/dev/null 2>&1 || { say "$name: patchelf is missing"; return 1; }
  newer_work=$(mktemp -d)
  trap 'rm -rf "$newer_work"' EXIT
  newer_root=$newer_work/root
  mkdir -p "$newer_work/lists/partial" "$newer_work/cache/archives/partial" "$newer_work/debs" "$newer_root"
  # The mirror is the one this system takes its own packages from.
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    grep -Eo 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')
  [ -n "$mirror" ] || { say "$name: no Debian mirror in the sources of apt"; return 1; }
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keyring] $mirror $newer_suite main" >"$newer_work/sources.list"
  options="-o Dir::Etc::sourcelist=$newer_work/sources.list -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists=$newer_work/lists -o Dir::State::status=/dev/null -o Dir::Cache=$newer_work/cache
    -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086  # a list of words without blanks
  (apt-get $options update -qq && cd "$newer_work/debs" && apt-get $options download -qq "$@") >"$newer_work/log" 2>&1 ||
    { say "$name: apt has not all of $newer_suite: $(tail -n 1 "$newer_work/log")"; return 1; }
  for package in "$newer_work"/debs/*.deb; do dpkg-deb -x "$package" "$newer_root"; done
}

# adopt_newer TARGET PROGRAM...: moves programs of $newer_root to the folder TARGET and tells them to use the libraries that
# came with them, in TARGET/lib. The last program is the one that says, later, that all is there.
adopt_newer() {
  target=$1
  shift
  libraries=$(dirname "$(find "$newer_root" -name libssl.so.3 | head -n 1)")
  mkdir -p "$target/lib"
  find "$libraries" -maxdepth 1 -name '*.so*' -exec cp -a {} "$target/lib/" \;
  loader=$(find "$target/lib" -name 'ld-linux*.so.*' | head -n 1)
  for program in "$@"; do
    unfinished=$target/${program##*/}.new
    cp "$newer_root/$program" "$unfinished"
    patchelf --set-interpreter "$loader" --set-rpath "$target/lib" --force-rpath "$unfinished"
    mv "$unfinished" "$target/${program##*/}"
  done
}
