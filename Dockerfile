# One image for every app; the first word of the command names it: `docker run refundry processor`, `docker run refundry refundctl --help`.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts fetch another Node and link the embedded PostgreSQL: the image has Node 24, and production refuses an embedded database.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The compiler copies no SQL: migrations are read from where the sources are.
COPY --from=build /app/libs/store/migrations libs/store/migrations
USER node
EXPOSE 3000 4010
# exec: the app is process 1 and hears SIGTERM itself, so `docker stop` lets it drain.
ENTRYPOINT ["sh", "-c", "exec node --enable-source-maps --max-semi-space-size=16 --no-parallel-scavenge --heap-growing-percent=100 --max-old-space-size=512 \"dist/apps/$0/main.js\" \"$@\""]
CMD ["processor"]
