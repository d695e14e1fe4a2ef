#!/usr/bin/env bash
# Packs the library and runs the C# examples of its documentation against the packages, in a project outside this tree.
set -euo pipefail
cd "$(dirname "$0")/../.."
export MSBUILDDISABLENODEREUSE=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for project in Contract Optimized.CSharp; do
    dotnet pack "src/$project" -c Release -v quiet -nodeReuse:false -o "$scratch/packages"
done
for file in NormCheck.{Contract,Optimized}.0.*.{nupkg,snupkg}; do
    compgen -G "$scratch/packages/$file" >/dev/null || { echo "expected a package $file"; exit 1; }
done

cat >"$scratch/nuget.config" <<'XML'
<configuration>
  <packageSources><clear /><add key="local" value="packages" /></packageSources>
</configuration>
XML
number=0
for page in src/Contract/PACKAGE.md src/Optimized.CSharp/PACKAGE.md docs/use-the-library.md; do
    while IFS= read -r -d $'\f' example; do
        number=$((number + 1))
        folder="$scratch/Example$number"
        mkdir "$folder"
        printf '%s' "$example" >"$folder/Program.cs"
        cat >"$folder/Example.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <RestorePackagesPath>../restored</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="NormCheck.Optimized" Version="0.*" /></ItemGroup>
</Project>
XML
        echo "$page, example $number:"
        dotnet run --project "$folder" -c Release
    done < <(awk '/^```csharp$/ { inside = 1; next } /^```$/ { if (inside) printf "\f"; inside = 0 } inside' "$page")
done
[[ $number == 4 ]] || { echo "expected 4 examples, got $number"; exit 1; }
