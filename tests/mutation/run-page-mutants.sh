#!/usr/bin/env bash
# Are the tests of the F# page any good? Applies one mutant of page-mutants.txt at a time to a copy of the tree, builds
# the page and runs fast tests over it, the fastest first. A mutant that no test notices survives.
#
#   tests/mutation/run-page-mutants.sh [WORD]     all mutants, or those whose line contains WORD
#
# Exit code: 0 where none survives, 1 for survivors, 2 where a mutant does not apply or the tests fail without one.
set -euo pipefail
export LC_ALL=C.UTF-8 # The fields are parted by ¦.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
word=${1:-}
limit=600 # Seconds for a step: a mutant may make a loop endless.
page=src/Reference.FSharp
stages=(
    "Golden|FullyQualifiedName!~Recordings&FullyQualifiedName!~OnnxTests" # Those start real systems and programs.
    "Properties|FullyQualifiedName~Properties.Reference|FullyQualifiedName~Judge.Judge"
    "Properties|FullyQualifiedName~BoundProperties&FullyQualifiedName!~One_pass" # That one is on the diagnosis.
)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git -C "$root" ls-files -z | (cd "$root" && tar --null -T - -cf -) | tar -xf - -C "$scratch"
cd "$scratch"
git init -q . # Some tests look for the root of the repository.

build() {
    timeout "$limit" dotnet build "$1" -c Release -v q -nodeReuse:false >build.log 2>&1
}

# Runs the stages; gives the number of the first that fails, nothing where all pass.
failing_stage() {
    local number=0 stage project filter
    for stage in "${stages[@]}"; do
        number=$((number + 1))
        project=${stage%%|*}
        filter=${stage#*|}
        cp "$page"/bin/Release/net10.0/NormCheck.Reference* "tests/$project/bin/Release/net10.0/"
        if ! timeout "$limit" dotnet test "tests/$project/bin/Release/net10.0/NormCheck.$project.dll" \
            ${filter:+--filter "$filter"} >test.log 2>&1; then
            echo "$number"
            return
        fi
    done
}

for project in Golden Properties; do
    build "tests/$project/$project.csproj" || { cat build.log; exit 2; }
done
if [[ -n $(failing_stage) ]]; then
    cat test.log
    echo "the tests fail without any mutant" >&2
    exit 2
fi

killed=0 survived=0 broken=0
while IFS='¦' read -r file original mutated meaning; do
    if [[ -z $file || $file == \#* || "$file $original $mutated $meaning" != *"$word"* ]]; then
        continue
    fi
    path=$page/$file
    cp "$path" original.fs
    if ! ORIGINAL=$original MUTATED=$mutated perl -0777 -i -pe '
        BEGIN { ($o, $m) = map { s/\\n/\n/gr } @ENV{"ORIGINAL", "MUTATED"} }
        $n = s/\Q$o\E/$m/g; die "found $n times\n" unless $n == 1' "$path" 2>perl.log; then
        outcome="NOT APPLICABLE: $(cat perl.log)"
        broken=$((broken + 1))
    elif ! build "$page/Reference.FSharp.fsproj"; then
        outcome="DOES NOT BUILD: $(grep -m1 -o 'error .*' build.log || echo "see the build")"
        broken=$((broken + 1))
    else
        stage=$(failing_stage)
        if [[ -n $stage ]]; then
            outcome="killed ($stage)"
            killed=$((killed + 1))
        else
            outcome=SURVIVED
            survived=$((survived + 1))
        fi
    fi
    printf '%-12s %-28s %s\n' "$outcome" "$file" "$meaning"
    cp original.fs "$path"
done <"$here/page-mutants.txt"

echo "$killed killed, $survived survived, $broken not run; score $((100 * killed / (killed + survived > 0 ? killed + survived : 1))) %"
[[ $broken -eq 0 ]] || exit 2
[[ $survived -eq 0 ]]
